package io.cryptodm.producer.crypto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.Coverage;
import io.cryptodm.contracts.MinuteRanges;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.Spec;
import io.cryptodm.contracts.UsageException;
import io.cryptodm.producer.market.MarketSource;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
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
    assertEquals(2, tail.bars(TopicTail.Family.MARKET, BTC).minutes());
    assertNull(tail.newest(TopicTail.Family.SIMULATION, BTC));
  }

  @Test
  void recordedPricesAreRefusedBesideOthersOfTheCoin() {
    TopicTail tail = new TopicTail();
    tail.add(bar("05:40", "1"), "simulate");
    UsageException refused = assertThrows(UsageException.class, () -> tail.refuseMix(TopicTail.Family.RECORDING, List.of(BTC), List.of()));
    assertEquals(
        "BTC/USD has simulated prices in this lake, the last of 2025-07-08T05:40:00Z: recorded prices would mix with them. "
            + "Take a lake of its own for a recording, or give \"produce quotes\" or \"backfill\" the flag --mix",
        refused.getMessage());
    tail.refuseMix(TopicTail.Family.RECORDING, List.of(new Pair("ETH", "USD")), List.of());
    tail.refuseMix(TopicTail.Family.SIMULATION, List.of(BTC), List.of());
    // A lake whose source of the market was away goes on with a simulation, and says so.
    tail.refuseMix(TopicTail.Family.MARKET, List.of(BTC), List.of());
    TopicTail recorded = new TopicTail();
    recorded.add(bar("05:40", "1"), "replay");
    assertThrows(UsageException.class, () -> recorded.refuseMix(TopicTail.Family.SIMULATION, List.of(BTC), List.of()));
    assertThrows(UsageException.class, () -> recorded.refuseMix(TopicTail.Family.MARKET, List.of(BTC), List.of()));
    recorded.refuseMix(TopicTail.Family.RECORDING, List.of(BTC), List.of());
  }

  @Test
  void whatTablesKeepOfATopicThatIsGoneIsNotMixedEither() {
    List<Spec.Kept> kept = List.of(new Spec.Kept(BTC, "replay", Instant.parse("2025-07-08T05:40:00Z")), new Spec.Kept(BTC, "alpaca", Instant.EPOCH));
    TopicTail made = new TopicTail();
    UsageException refused = assertThrows(UsageException.class, () -> made.refuseMix(TopicTail.Family.SIMULATION, List.of(BTC), kept));
    assertTrue(refused.getMessage().startsWith("BTC/USD has recorded prices in this lake, the last of 2025-07-08T05:40:00Z: "), refused.getMessage());
    made.refuseMix(TopicTail.Family.SIMULATION, List.of(new Pair("ETH", "USD")), kept);
    made.refuseMix(TopicTail.Family.SIMULATION, List.of(BTC), List.of(kept.get(1)));
  }

  @Test
  void knowsTheMinutesWithABarAndThoseThatWereWatched() {
    TopicTail tail = new TopicTail();
    tail.add(bar("05:40", "1"), "alpaca");
    tail.add(new Coverage(BTC, Instant.parse("2025-07-08T05:41:00Z"), Instant.parse("2025-07-08T05:43:00Z"), Coverage.State.OBSERVED), "alpaca");
    tail.add(new Coverage(BTC, Instant.parse("2025-07-08T05:43:00Z"), Instant.parse("2025-07-08T05:50:00Z"), Coverage.State.SOURCE_DOWN), "alpaca");
    tail.add(new Coverage(BTC, Instant.parse("2025-07-08T05:50:00Z"), Instant.parse("2025-07-08T05:55:00Z"), Coverage.State.OBSERVED), "replay");
    MinuteRanges known = tail.known(TopicTail.Family.MARKET, BTC);
    assertEquals(List.of(new Gap(Instant.parse("2025-07-08T05:40:00Z"), Instant.parse("2025-07-08T05:42:00Z"))), Gap.of(known.list()));
  }

  private static TopicTail tail(String... barsAndSources) {
    TopicTail tail = new TopicTail();
    for (int i = 0; i < barsAndSources.length; i += 2) {
      QuoteBar bar = bar(barsAndSources[i], "1");
      String source = barsAndSources[i + 1];
      tail.add(bar, source.replace(" of a backfill", ""));
      if (!source.endsWith(" of a backfill")) {
        tail.noteOldest(bar, source);
      }
    }
    return tail;
  }

  private static Map<Pair, MarketSource.Past> left(String... barsAndSources) {
    return tail(barsAndSources).leftPasts(List.of(BTC), Duration.ofHours(3));
  }

  private static MarketSource.Past past(String from, String to) {
    return new MarketSource.Past(Instant.parse("2025-07-08T" + from + ":00Z"), Instant.parse("2025-07-08T" + to + ":00Z"));
  }

  @Test
  void tellsWhatIsLeftOfThePastOfACoin() {
    // The newest candles come first.
    assertEquals(Map.of(BTC, past("07:00", "09:10")), left("10:00", "coinbase", "09:55", "coinbase-candles", "09:10", "coinbase-candles", "10:01", "coinbase"));
    assertEquals(Map.of(BTC, past("07:00", "10:00")), left("10:00", "kraken"));
    assertEquals(Map.of(), left("10:00", "coinbase", "07:00", "coinbase-candles"));
    assertEquals(Map.of(BTC, past("07:00", "09:10")), left("10:00", "coinbase", "09:10", "coinbase-candles", "06:00", "coinbase of a backfill"));
    assertEquals(Map.of(), left("09:10", "coinbase-candles"), "nobody knows where it began");
    assertEquals(Map.of(), left("09:00", "simulate", "10:00", "coinbase"), "the coin had prices before");
    assertEquals(Map.of(), left());
  }

  @Test
  void knowsTheNewestMinuteOfAllKinds() {
    assertEquals(Instant.MIN, tail().newestMinute(BTC));
    assertEquals(Instant.parse("2025-07-08T10:02:00Z"), tail("10:01", "coinbase", "10:02", "simulate", "10:00", "coinbase").newestMinute(BTC));
  }

  @Test
  void gapsAreWhatLiesBetween() {
    Instant noon = Instant.parse("2025-07-08T12:00:00Z");
    assertEquals(new Gap(noon.plusSeconds(120), noon.plusSeconds(180)), Gap.between(noon.plusSeconds(60), noon.plusSeconds(240), Instant.EPOCH));
    assertEquals(
        new Gap(noon.plusSeconds(180), noon.plusSeconds(180)), Gap.between(noon.plusSeconds(60), noon.plusSeconds(240), noon.plusSeconds(180)));
    assertNull(Gap.between(noon, noon.plusSeconds(60), Instant.EPOCH));
    assertNull(Gap.between(noon, noon, Instant.EPOCH));
  }
}
