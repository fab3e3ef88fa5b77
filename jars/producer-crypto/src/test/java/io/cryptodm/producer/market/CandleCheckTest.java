package io.cryptodm.producer.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.cryptodm.contracts.CandleDifference;
import io.cryptodm.contracts.MarketRecord;
import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CandleCheckTest {
  private static final Pair BTC = Pair.parse("BTC/USD");
  private static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");

  private final PairFeed feed = new PairFeed(BTC, true);
  private final MinuteBars bars = new MinuteBars(BTC, 100, true);
  private final CandleCheck check = new CandleCheck(feed, bars);

  /** One trade in each of ten minutes, and the exchange's clock far beyond. */
  @BeforeEach
  void follow() {
    bars.beginAt(NOON);
    for (int minute = 0; minute < 10; minute++) {
      take(minute, minute * 60 + 1);
      check.complete(NOON.plusSeconds(60L * minute));
    }
    bars.changed(true, minute -> MinuteBars.Standing.COMPLETE);
    feed.proven(NOON.plusSeconds(900));
  }

  private void take(long id, int second) {
    MarketTrade trade = new MarketTrade(BTC, id, NOON.plusSeconds(second), new BigDecimal("100"), BigDecimal.ONE, null);
    feed.take(trade, new TradeBook.Finding(0, "the connection broke", true));
    bars.take(trade);
  }

  private static QuoteBar candle(int minute, String volume) {
    BigDecimal price = new BigDecimal("100");
    return new QuoteBar(BTC, NOON.plusSeconds(60L * minute), price, price, price, price, new BigDecimal(volume), null, null);
  }

  private static List<QuoteBar> candles(int but, String volume) {
    List<QuoteBar> candles = new ArrayList<>();
    for (int minute = 0; minute < 10; minute++) {
      if (minute != but) {
        candles.add(candle(minute, "1"));
      } else if (volume != null) {
        candles.add(candle(minute, volume));
      }
    }
    return candles;
  }

  /** What the next look says: the minute and the cause. */
  private List<String> look(List<QuoteBar> candles) {
    feed.proven(feed.provenTo().plusSeconds(301));
    CandleCheck.Span span = check.due(300);
    assertNotNull(span);
    List<MarketRecord> reports = check.compare(span, candles);
    return reports.stream().map(CandleDifference.class::cast).map(its -> its.start().toString().substring(14, 16) + " " + its.cause().wire()).toList();
  }

  @Test
  void minutesThatAgreeSayNothingAndAreNotAskedForAgain() {
    assertEquals(List.of(), look(candles(-1, null)));
    feed.proven(feed.provenTo().plusSeconds(301));
    // The exchange was idle since: only minutes that were complete are compared.
    assertEquals(0, check.unexplained());
  }

  @Test
  void aCandleWithLessIsIncompleteUntilItWasLookedAtSeveralTimes() {
    assertEquals(List.of("04 incomplete-candle"), look(candles(4, "0.5")));
    assertEquals(List.of(), look(candles(4, "0.5")));
    assertEquals(List.of("04 unexplained"), look(candles(4, "0.5")));
    assertEquals(1, check.unexplained());
  }

  @Test
  void aDifferenceThatEndsIsTakenBack() {
    assertEquals(List.of("04 incomplete-candle"), look(candles(4, null)));
    assertEquals(List.of("04 none"), look(candles(-1, null)));
  }

  @Test
  void aCandleWithMoreIsUnexplainedAtOnce() {
    assertEquals(List.of("04 unexplained"), look(candles(4, "2")));
  }

  @Test
  void missingAndLateTradesExplainADifference() {
    take(12, 9 * 60 + 30);
    take(20, 9 * 60 + 40);
    assertEquals(List.of("09 hole"), look(candles(-1, null)));
    for (long id = 10; id < 20; id++) {
      take(id, 9 * 60 + 35);
    }
    bars.changed(true, minute -> MinuteBars.Standing.COMPLETE);
    assertEquals(List.of("09 late-trade"), look(candles(-1, null)));
  }

  @Test
  void aMinuteIsComparedOnlyWhenItsCandleHasSettled() {
    PairFeed young = new PairFeed(BTC, true);
    CandleCheck its = new CandleCheck(young, bars);
    its.complete(NOON);
    young.proven(NOON.plusSeconds(100));
    assertNull(its.due(300));
    young.proven(NOON.plusSeconds(151));
    assertEquals(new CandleCheck.Span(NOON, NOON.plusSeconds(60)), its.due(300));
  }
}
