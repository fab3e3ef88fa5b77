package io.cryptodm.producer.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Money;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class MinuteBarsTest {
  private static final Pair BTC = Pair.parse("BTC/USD");
  private static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");
  private static final Instant NEXT = NOON.plusSeconds(60);

  private final MinuteBars bars = new MinuteBars(BTC, 10, true);

  private static MarketTrade trade(long id, int second, String price, String quantity) {
    return new MarketTrade(BTC, id, NOON.plusSeconds(second), new BigDecimal(price), new BigDecimal(quantity), null);
  }

  private static String text(QuoteBar bar) {
    return String.join(
        " ", bar.start().toString().substring(11, 16), Money.text(bar.open()), Money.text(bar.high()), Money.text(bar.low()), Money.text(bar.close()),
        Money.text(bar.volume()), Money.text(bar.vwap()), bar.tradeCount().toString(), String.valueOf(bar.complete()));
  }

  private List<String> changed(boolean isDue, Instant completeBefore) {
    return changed(isDue, minute -> minute.isBefore(completeBefore) ? MinuteBars.Standing.COMPLETE : MinuteBars.Standing.OPEN);
  }

  private List<String> changed(boolean isDue, MinuteBars.Completeness completeness) {
    return bars.changed(isDue, completeness).stream().map(MinuteBarsTest::text).toList();
  }

  @Test
  void addsUpARunningMinute() {
    bars.beginAt(NOON);
    bars.take(trade(2, 5, "100", "1"));
    bars.take(trade(4, 7, "98", "2"));
    bars.take(trade(3, 7, "103", "1"));
    assertEquals(List.of(), changed(false, NOON));
    assertEquals(List.of("12:00 100 103 98 98 4 99.75 3 false"), changed(true, NOON));
    assertEquals(List.of(), changed(true, NOON));
    // The end of a minute is sent although no trade came, and it does not wait.
    assertEquals(List.of("12:00 100 103 98 98 4 99.75 3 true"), changed(false, NEXT));
    assertEquals(List.of(), changed(true, NEXT));
  }

  @Test
  void aLateTradeCorrectsItsMinute() {
    bars.beginAt(NOON);
    bars.take(trade(1, 5, "100", "1"));
    bars.take(trade(3, 65, "100", "1"));
    assertEquals(2, changed(true, NEXT).size());
    bars.take(trade(2, 59, "90", "1"));
    assertEquals(List.of("12:00 100 100 90 90 2 95 2 true"), changed(true, NEXT));
  }

  @Test
  void aHoleThatIsFoundLaterOpensAMinuteAgain() {
    bars.beginAt(NOON);
    bars.take(trade(1, 5, "100", "1"));
    assertEquals(1, changed(true, NEXT).size());
    bars.reopen(NOON.plusSeconds(5), NOON.plusSeconds(70));
    assertEquals(List.of("12:00 100 100 100 100 1 100 1 false"), changed(false, NOON));
    assertEquals(List.of("12:00 100 100 100 100 1 100 1 true"), changed(false, NEXT));
  }

  @Test
  void aMinuteWhoseBeginIsNotKnownIsSentOnlyAsAWhole() {
    bars.beginAt(NEXT);
    bars.take(trade(5, 30, "100", "1"));
    assertEquals(List.of(), changed(true, NEXT));
    assertEquals(List.of(NOON), bars.partial());
    bars.collect(NOON, List.of(trade(4, 10, "99", "1"), trade(5, 30, "100", "1")));
    bars.take(trade(6, 40, "101", "2"));
    bars.complete(NOON, true);
    assertEquals(List.of("12:00 99 101 99 101 4 100.25 3 true"), changed(true, NEXT));
    assertTrue(bars.isWhole(NOON));
    assertTrue(bars.partial().isEmpty());
  }

  @Test
  void aMinuteThatIsKeptNoLongerIsAskedAgain() {
    bars.beginAt(NOON);
    for (int minute = 0; minute <= 10; minute++) {
      bars.take(trade(minute, 60 * minute, "100", "1"));
    }
    assertNull(bars.bar(NOON));
    bars.take(trade(20, 30, "100", "1"));
    assertEquals(List.of(NOON), bars.partial());
  }

  @Test
  void goesOnWithMinutesThatAreWholeAndAsksForTheOneBefore() {
    bars.beginAt(NOON.plusSeconds(120));
    bars.take(trade(1, 10, "98", "1"));
    bars.take(trade(2, 70, "99", "1"));
    bars.take(trade(3, 130, "100", "1"));
    bars.resume(NEXT, NOON);
    assertEquals(List.of(NOON), bars.partial());
    assertEquals(List.of("12:01 99 99 99 99 1 99 1 true", "12:02 100 100 100 100 1 100 1 false"), changed(true, NOON.plusSeconds(120)));
    bars.complete(NOON, true);
    assertTrue(bars.isWhole(NOON));
    assertEquals(List.of(), changed(true, NEXT));
  }

  @Test
  void aMinuteThatTheLakeDoesNotHaveIsSentFromItsFirstTradeOn() {
    bars.beginAt(NEXT);
    bars.sendEarly(NOON);
    bars.take(trade(5, 30, "100", "1"));
    assertEquals(List.of(), changed(false, NOON));
    assertEquals(List.of("12:00 100 100 100 100 1 100 1 false"), changed(true, NOON));
    assertEquals(List.of(), changed(true, NOON));
    bars.collect(NOON, List.of(trade(4, 10, "99", "1"), trade(5, 30, "100", "1")));
    assertEquals(List.of("12:00 99 100 99 100 2 99.5 2 false"), changed(true, NOON));
    assertEquals(List.of(NOON), bars.partial());
    // Its end says nothing of its begin.
    assertEquals(List.of(), changed(true, NEXT));
    bars.complete(NOON, true);
    assertEquals(List.of("12:00 99 100 99 100 2 99.5 2 true"), changed(true, NEXT));
  }

  @Test
  void onlyOneMinuteIsSentBeforeItIsWhole() {
    bars.beginAt(NEXT);
    bars.sendEarly(NOON);
    bars.take(trade(3, -30, "100", "1"));
    assertEquals(List.of(), changed(true, NOON));
  }

  @Test
  void aMinuteWhoseBeginNobodyGivesKeepsItsBar() {
    bars.beginAt(NEXT);
    bars.sendEarly(NOON);
    bars.take(trade(5, 30, "100", "1"));
    bars.take(trade(3, -30, "100", "1"));
    changed(true, NOON);
    bars.leave(NOON);
    bars.leave(NOON.minusSeconds(60));
    assertTrue(bars.partial().isEmpty());
    assertTrue(bars.isUnsure(NOON));
    assertEquals(List.of("12:00 100 100 100 100 1 100 1 null"), changed(true, minute -> MinuteBars.Standing.SETTLED));
  }

  @Test
  void aMinuteOfWhichARowCouldNotBeReadIsNotSure() {
    bars.beginAt(NEXT);
    bars.take(trade(5, 30, "100", "1"));
    bars.complete(NOON, false);
    assertTrue(bars.isUnsure(NOON));
    assertTrue(bars.isWhole(NOON));
    bars.askFor(NOON.minusSeconds(60));
    bars.complete(NOON.minusSeconds(60), false);
    assertFalse(bars.isWhole(NOON.minusSeconds(60)), "nothing says that it had no trade");
  }

  @Test
  void aMinuteWithLostTradesDoesNotSayWhetherItIsComplete() {
    bars.beginAt(NOON);
    bars.take(trade(1, 5, "100", "1"));
    assertEquals(List.of("12:00 100 100 100 100 1 100 1 false"), changed(true, minute -> MinuteBars.Standing.OPEN));
    assertEquals(List.of("12:00 100 100 100 100 1 100 1 null"), changed(true, minute -> MinuteBars.Standing.SETTLED));
    assertEquals(List.of(), changed(true, minute -> MinuteBars.Standing.SETTLED));
    bars.take(trade(2, 7, "101", "1"));
    assertEquals(List.of("12:00 100 101 100 101 2 100.5 2 true"), changed(false, minute -> MinuteBars.Standing.COMPLETE));
  }
}
