package io.cryptodm.producer.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.MarketRecord;
import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.TradeHole;
import io.cryptodm.contracts.TradeWatch;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class PairFeedTest {
  private static final Pair BTC = Pair.parse("BTC/USD");
  private static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final PairFeed feed = new PairFeed(BTC, true);

  private static MarketTrade trade(long id, int second) {
    return new MarketTrade(BTC, id, NOON.plusSeconds(second), BigDecimal.TEN, BigDecimal.ONE, null);
  }

  private static TradeHole hole(long first, long last, TradeHole.State state) {
    return new TradeHole(BTC, first, last, NOON, NOON.plusSeconds(10), state, "it broke");
  }

  private boolean take(long id) {
    return feed.take(trade(id, (int) id), new TradeBook.Finding(0, "it broke", false));
  }

  private boolean restore(MarketRecord record) {
    return feed.restore(record, NOON.plusSeconds(100), NOON, 0);
  }

  private List<String> reports(long now) {
    return texts(feed.reports(now));
  }

  private static List<String> texts(List<MarketRecord> records) {
    return records.stream()
        .map(record -> record instanceof TradeHole hole
            ? hole.first() + "-" + hole.last() + " " + hole.state().wire()
            : record instanceof TradeWatch watch ? watch.first() + "-" + watch.last() + " watched" : record.toString())
        .toList();
  }

  // ---- Reports --------------------------------------------------------------------------------------------------------------------

  @Test
  void aHoleIsReportedWhenItIsNoDisorderAndOnlyOnce() {
    take(1);
    take(5);
    assertEquals(List.of(), reports(SECOND - 1));
    assertEquals(List.of("2-4 open"), reports(SECOND));
    assertEquals(List.of(), reports(2 * SECOND));
    assertEquals(List.of("1-5 watched", "2-4 open"), texts(feed.memory()));
  }

  @Test
  void messagesThatOnlyChangedPlacesAreNoHole() {
    take(1);
    take(3);
    take(2);
    assertEquals(List.of(), reports(5 * SECOND));
  }

  @Test
  void whatIsLeftOfAHoleStandsBeforeItsEnd() {
    take(1);
    take(5);
    reports(SECOND);
    take(3);
    // A run that ends between these records must not lose what is still missing.
    assertEquals(List.of("2-2 open", "4-4 open", "2-4 closed"), reports(2 * SECOND));
    take(2);
    take(4);
    assertEquals(List.of("2-2 closed", "4-4 closed"), reports(2 * SECOND).stream().sorted().toList());
    assertEquals(List.of("1-5 watched"), texts(feed.memory()));
  }

  @Test
  void aHoleThatTheHistoryDoesNotKnowIsAbsentUntilItComes() {
    take(1);
    take(3);
    reports(SECOND);
    for (int i = 0; i < 3; i++) {
      feed.book().within(2, 2).forEach(hole -> hole.answered(0, 0));
    }
    assertEquals(List.of("2-2 absent"), reports(SECOND));
    take(2);
    assertEquals(List.of("2-2 closed"), reports(SECOND));
  }

  // ---- An earlier run -------------------------------------------------------------------------------------------------------------

  @Test
  void goesOnAfterWhatAnEarlierRunKnew() {
    assertTrue(restore(trade(40, 40)));
    assertFalse(restore(trade(40, 40)));
    assertFalse(restore(new TradeWatch(BTC, 10, 40, null)));
    assertTrue(restore(trade(41, 41)));
    assertFalse(take(25));
    assertTrue(take(43));
    assertEquals(List.of("42-42 open"), reports(SECOND));
    assertEquals(NOON.plusSeconds(43), feed.lastTime());
  }

  @Test
  void anOpenHoleOfAnEarlierRunIsAskedForAndNotReportedAgain() {
    restore(new TradeWatch(BTC, 10, 40, null));
    restore(hole(20, 22, TradeHole.State.OPEN));
    assertEquals(1, feed.book().due(0).size());
    assertEquals(List.of(), reports(5 * SECOND));
    assertTrue(take(21));
    assertEquals(List.of("20-20 open", "22-22 open", "20-22 closed"), reports(5 * SECOND));
  }

  @Test
  void aHoleThatAnEarlierRunClosedIsKnown() {
    restore(new TradeWatch(BTC, 10, 40, null));
    restore(hole(20, 22, TradeHole.State.OPEN));
    restore(trade(41, 41));
    restore(trade(20, 20));
    restore(trade(21, 21));
    restore(trade(22, 22));
    restore(hole(20, 22, TradeHole.State.CLOSED));
    assertTrue(feed.book().holes().isEmpty());
    assertFalse(take(21));
    assertEquals(List.of(), reports(5 * SECOND));
  }

  @Test
  void whatIsLeftOfAClosedHoleIsStillMissing() {
    restore(new TradeWatch(BTC, 10, 40, null));
    restore(hole(20, 22, TradeHole.State.OPEN));
    restore(hole(20, 20, TradeHole.State.OPEN));
    restore(hole(20, 22, TradeHole.State.CLOSED));
    assertTrue(take(20));
    assertFalse(take(21));
  }

  @Test
  void anAbsentHoleStaysAbsentAndIsAskedForOnce() {
    restore(new TradeWatch(BTC, 10, 40, null));
    restore(hole(20, 22, TradeHole.State.ABSENT));
    assertEquals(1, feed.book().due(0).size());
    assertEquals(List.of("10-40 watched", "20-22 absent"), texts(feed.memory()));
    assertTrue(feed.book().holes().iterator().next().isAbsent());
  }

  @Test
  void aHoleOfNothingKnownIsLeftAlone() {
    restore(hole(20, 22, TradeHole.State.OPEN));
    assertTrue(feed.book().isEmpty());
    assertEquals(List.of(), feed.memory());
  }

  // ---- Ids in no order ------------------------------------------------------------------------------------------------------------

  @Test
  void idsInNoOrderAreTakenOnceAndProveNothing() {
    PairFeed loose = new PairFeed(BTC, false);
    TradeBook.Finding found = new TradeBook.Finding(0, "it broke", false);
    assertTrue(loose.take(trade(900, 1), found));
    assertTrue(loose.take(trade(5, 1), found));
    assertFalse(loose.take(trade(900, 1), found));
    assertEquals(List.of(), loose.reports(5 * SECOND));
    assertEquals(List.of(), loose.memory());
    assertEquals(NOON.plusSeconds(1), loose.provenTo());
  }
}
