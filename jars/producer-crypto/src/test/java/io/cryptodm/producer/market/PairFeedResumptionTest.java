package io.cryptodm.producer.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.TradeHole;
import io.cryptodm.contracts.TradeWatch;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class PairFeedResumptionTest {
  private static final Pair BTC = Pair.parse("BTC/USD");
  private static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");
  /** from when on the records of the earlier run are found */
  private static final Instant TAIL = NOON.plusSeconds(20);

  private final PairFeed feed = new PairFeed(BTC, true);

  private static Instant minute(int minute) {
    return NOON.plusSeconds(60L * minute);
  }

  /** A trade of an earlier run, sent as soon as it was made. */
  private boolean found(long id, int second) {
    return found(id, second, second);
  }

  private boolean found(long id, int second, int sentAt) {
    return feed.restore(
        new MarketTrade(BTC, id, NOON.plusSeconds(second), BigDecimal.ONE, BigDecimal.ONE, null), NOON.plusSeconds(sentAt), TAIL, 0);
  }

  private void watched(long first, long last, int until) {
    feed.restore(new TradeWatch(BTC, first, last, NOON.plusSeconds(until)), NOON.plusSeconds(250), TAIL, 0);
  }

  @Test
  void resumesAtTheFirstMinuteThatTheTailHoldsAlthoughItsFirstTradeIsLater() {
    found(20, 90);
    watched(5, 20, 90);
    // 12:01 is whole: a trade of it would have been produced after the begin of the tail.
    assertEquals(new PairFeed.Resumption(minute(1), null), feed.resumption());
  }

  @Test
  void asksForTheMinuteInWhichTheFirstTradeOfAllWas() {
    found(20, 90);
    found(21, 150);
    watched(20, 21, 150);
    assertEquals(new PairFeed.Resumption(minute(2), minute(1)), feed.resumption());
  }

  @Test
  void takesTradesThatTheHistoryHasGivenBelowTheFirst() {
    assertTrue(found(20, 90));
    assertTrue(found(18, 62, 95));
    assertFalse(found(18, 62, 96));
    assertFalse(found(20, 90));
    assertTrue(found(19, 70, 95));
    watched(18, 20, 90);
    assertEquals(18, feed.book().first());
    assertEquals(new PairFeed.Resumption(minute(2), minute(1)), feed.resumption());
  }

  @Test
  void asksForTheMinuteAfterWhichNothingWasHeard() {
    watched(5, 20, -70);
    assertEquals(new PairFeed.Resumption(minute(-1), minute(-2)), feed.resumption());
  }

  @Test
  void looksForWhatIsMissingFromTheLastTradeOn() {
    watched(5, 20, -70);
    feed.take(new MarketTrade(BTC, 25, NOON.plusSeconds(300), BigDecimal.ONE, BigDecimal.ONE, null), new TradeBook.Finding(0, "it broke", true));
    assertEquals(NOON.minusSeconds(70), feed.book().holes().iterator().next().from());
  }

  @Test
  void anExchangeWhoseClockIsAheadHasItsMinutesLater() {
    found(20, 180, 60);
    watched(5, 20, 180);
    // Trades of 12:01 and 12:02 may have been produced before the tail.
    assertEquals(new PairFeed.Resumption(minute(3), null), feed.resumption());
  }

  @Test
  void knowsNothingWithoutAnEarlierRun() {
    assertNull(feed.resumption());
  }

  @Test
  void forgetsAHoleThatTheEarlierRunHasFilledAndNotReported() {
    found(20, 90);
    found(23, 91);
    feed.restore(new TradeHole(BTC, 21, 22, NOON, NOON.plusSeconds(91), TradeHole.State.OPEN, "lost"), NOON, TAIL, 0);
    found(21, 90, 92);
    found(22, 90, 92);
    assertTrue(feed.book().holes().isEmpty());
    assertEquals(TradeHole.State.CLOSED, ((TradeHole) feed.reports(0).get(0)).state());
  }

  private void take(long id, int second) {
    feed.take(
        new MarketTrade(BTC, id, NOON.plusSeconds(second), BigDecimal.ONE, BigDecimal.ONE, null), new TradeBook.Finding(0, "it broke", true));
  }

  private String reports() {
    return feed.reports(TradeBook.DISORDER.toNanos()).stream()
        .map(record -> (TradeHole) record)
        .map(hole -> hole.first() + "-" + hole.last() + " " + hole.state().name().toLowerCase())
        .collect(Collectors.joining(", "));
  }

  @Test
  void closesAHoleOfWhichTheEndWasFilledFirst() {
    take(1, 1);
    take(10, 10);
    assertEquals("2-9 open", reports());
    for (long id = 4; id < 10; id++) {
      take(id, 5);
    }
    assertEquals("2-3 open, 2-9 closed", reports());
    take(2, 2);
    take(3, 3);
    assertEquals("2-3 closed", reports());
  }

  @Test
  void remembersAHoleThatIsTooYoungToBeReported() {
    take(1, 1);
    take(10, 10);
    assertTrue(feed.reports(0).isEmpty());
    assertEquals(2, ((TradeHole) feed.memory().get(1)).first());
  }

  @Test
  void aTradeBelowTheFirstFillsItsHole() {
    found(20, 90);
    watched(5, 20, 90);
    feed.restore(new TradeHole(BTC, 10, 11, NOON, NOON.plusSeconds(91), TradeHole.State.OPEN, "lost"), NOON, TAIL, 0);
    assertTrue(found(10, 80, 95));
    assertTrue(found(11, 80, 95));
    assertTrue(feed.book().holes().isEmpty());
  }
}
