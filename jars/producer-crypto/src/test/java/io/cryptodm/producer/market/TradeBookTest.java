package io.cryptodm.producer.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.TradeHole;
import io.cryptodm.contracts.TradeWatch;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TradeBookTest {
  private static final Pair BTC = Pair.parse("BTC/USD");
  private static final Instant BEGIN = Instant.parse("2026-11-30T12:00:00Z");

  private final TradeBook book = new TradeBook(BTC);

  private static MarketTrade trade(long id) {
    return new MarketTrade(BTC, id, BEGIN.plusSeconds(id), BigDecimal.ONE, BigDecimal.ONE, null);
  }

  private static TradeBook.Finding found(boolean isBreak) {
    return new TradeBook.Finding(0, "the connection broke", isBreak);
  }

  private boolean take(long id) {
    return book.take(trade(id), found(true));
  }

  private String holes() {
    return book.holes().stream().map(hole -> hole.first() + "-" + hole.last()).collect(Collectors.joining(" "));
  }

  @Test
  void findsWhatIsMissingAndForgetsItWhenItComes() {
    assertTrue(take(10));
    assertTrue(take(14));
    assertEquals("11-13", holes());
    assertTrue(take(12));
    assertEquals("11-11 13-13", holes());
    assertFalse(take(12));
    assertFalse(take(10));
    assertTrue(take(11));
    assertTrue(take(13));
    assertEquals("", holes());
    assertEquals(5, book.known(10));
  }

  @Test
  void aHoleBehindTheLastTradeIsGoneOnWithAfterARestart() {
    take(44);
    // The run before knew of them from the exchange's heartbeats.
    book.restore(new TradeHole(BTC, 45, 45, BEGIN, BEGIN, TradeHole.State.OPEN, "late"), 0);
    book.restore(new TradeHole(BTC, 46, 46, BEGIN, BEGIN, TradeHole.State.OPEN, "late"), 0);
    assertTrue(take(49));
    assertEquals("45-45 46-46 47-48", holes());
    // A history that answers newest first.
    for (long id = 48; id >= 45; id--) {
      assertTrue(take(id), "trade " + id);
    }
    assertEquals("", holes());
    assertFalse(take(46), "it would be added up twice");
  }

  @Test
  void aHoleLiesBetweenTheTimesOfItsNeighbours() {
    take(10);
    take(14);
    TradeBook.Hole hole = book.holes().iterator().next();
    assertEquals(BEGIN.plusSeconds(10), hole.from());
    assertEquals(BEGIN.plusSeconds(14), hole.to());
    assertTrue(book.hasHoleIn(BEGIN.plusSeconds(11), BEGIN.plusSeconds(12)));
    assertTrue(book.hasHoleIn(BEGIN, BEGIN.plusSeconds(11)));
    assertFalse(book.hasHoleIn(BEGIN, BEGIN.plusSeconds(10)));
    assertFalse(book.hasHoleIn(BEGIN.plusSeconds(15), BEGIN.plusSeconds(20)));
  }

  @Test
  void whatTheExchangeNamesIsMissing() {
    take(10);
    book.expect(12, BEGIN.plusSeconds(20), found(false));
    assertEquals("11-12", holes());
    assertEquals(12, book.last());
    assertTrue(take(13));
    assertEquals("11-12", holes());
    // One that may only have changed places is not asked for at once.
    assertTrue(book.due(0).isEmpty());
    assertEquals(1, book.due(TradeBook.DISORDER.toNanos()).size());
  }

  @Test
  void anEarlierTradeExtendsItDownwards() {
    take(10);
    assertTrue(take(9));
    assertTrue(take(6));
    assertEquals("7-8", holes());
    assertEquals(6, book.first());
  }

  @Test
  void aHoleThatTheHistoryDoesNotKnowIsAbsent() {
    take(10);
    take(12);
    TradeBook.Hole hole = book.holes().iterator().next();
    for (int i = 0; i < 3; i++) {
      assertEquals(TradeHole.State.OPEN, hole.report(BTC).state());
      hole.answered(0, 5);
    }
    assertEquals(TradeHole.State.ABSENT, hole.report(BTC).state());
    assertTrue(book.due(4).isEmpty());
    assertEquals(1, book.due(5).size());
  }

  @Test
  void goesOnWhereAnEarlierRunWas() {
    take(50);
    book.restore(new TradeWatch(BTC, 10, 50, null), BEGIN);
    book.restore(new TradeHole(BTC, 20, 22, BEGIN, BEGIN, TradeHole.State.OPEN, "late"), 0);
    assertFalse(take(15));
    assertTrue(take(21));
    assertTrue(take(53));
    assertEquals("20-20 22-22 51-52", holes());
  }

  private static MarketTrade trade(long id, int second) {
    return new MarketTrade(BTC, id, BEGIN.plusSeconds(second), BigDecimal.ONE, BigDecimal.ONE, null);
  }

  @Test
  void aHoleBeforeALateTradeIsInTheMinuteOfTheOneBeforeIt() {
    book.take(trade(1, 70), found(true));
    book.take(trade(3, 20), found(true));
    assertTrue(book.hasHoleIn(BEGIN.plusSeconds(60), BEGIN.plusSeconds(120)));
  }

  @Test
  void aLateTradeDoesNotMoveTheHoleAroundIt() {
    book.take(trade(1, 70), found(true));
    book.take(trade(5, 80), found(true));
    book.take(trade(3, 20), found(true));
    assertEquals("2-2 4-4", holes());
    for (TradeBook.Hole hole : book.holes()) {
      assertFalse(hole.to().isBefore(hole.from()));
    }
    assertFalse(book.hasHoleIn(BEGIN, BEGIN.plusSeconds(60)));
    book.take(trade(2, 71), found(true));
    assertTrue(book.hasHoleIn(BEGIN.plusSeconds(60), BEGIN.plusSeconds(120)));
  }

  @Test
  void anyOrderWithRepeatsKnowsEachTradeOnce() {
    for (int seed = 0; seed < 50; seed++) {
      TradeBook its = new TradeBook(BTC);
      List<Long> ids = new ArrayList<>();
      for (long id = 100; id < 160; id++) {
        ids.add(id);
        ids.add(id);
      }
      Collections.shuffle(ids, new Random(seed));
      long known = ids.stream().filter(id -> its.take(trade(id), found(true))).count();
      assertEquals(60, known);
      assertTrue(its.holes().isEmpty());
      assertEquals(100, its.first());
      assertEquals(159, its.last());
    }
  }
}
