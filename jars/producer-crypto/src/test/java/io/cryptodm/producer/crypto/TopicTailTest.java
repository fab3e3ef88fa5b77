package io.cryptodm.producer.crypto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.TreeSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class TopicTailTest {
  private static final Pair BTC = new Pair("BTC", "USD");

  private static QuoteBar bar(String minute, String close) {
    BigDecimal price = new BigDecimal(close);
    return new QuoteBar(BTC, Instant.parse("2025-07-08T" + minute + ":00Z"), price, price, price, price, BigDecimal.ONE, null, null);
  }

  @Test
  void keepsTheLastRevisionOfTheNewestMinuteOfEachFamily() {
    TopicTail tail = new TopicTail();
    tail.add(bar("05:40", "1"), "alpaca");
    tail.add(bar("05:40", "2"), "alpaca");
    tail.add(bar("05:38", "3"), "alpaca-history");
    tail.add(bar("05:50", "4"), "replay");
    assertEquals(bar("05:40", "2"), tail.newest(TopicTail.Family.MARKET, BTC));
    assertEquals(2, tail.minutes(TopicTail.Family.MARKET, BTC).size());
    assertNull(tail.newest(TopicTail.Family.SIMULATION, BTC));
  }

  @Test
  void gapsAreWhatLiesBetween() {
    Instant noon = Instant.parse("2025-07-08T12:00:00Z");
    TreeSet<Instant> minutes = new TreeSet<>(List.of(noon, noon.plusSeconds(60), noon.plusSeconds(240)));
    assertEquals(List.of(new Gap(noon.plusSeconds(120), noon.plusSeconds(180))), Gap.inside(minutes, Instant.EPOCH));
    assertEquals(List.of(new Gap(noon.plusSeconds(180), noon.plusSeconds(180))), Gap.inside(minutes, noon.plusSeconds(180)));
    assertEquals(List.of(), Gap.inside(minutes, noon.plusSeconds(300)));
    assertNull(Gap.between(noon, noon.plusSeconds(60), Instant.EPOCH));
    assertNull(Gap.between(noon, noon, Instant.EPOCH));
  }
}
