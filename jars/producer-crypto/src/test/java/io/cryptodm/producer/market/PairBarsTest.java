package io.cryptodm.producer.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.TradeHole;
import io.cryptodm.contracts.TradeWatch;
import io.cryptodm.producer.CoverageWriter;
import io.cryptodm.producer.FakeClock;
import io.cryptodm.producer.Sink;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PairBarsTest {
  private static final Pair BTC = Pair.parse("BTC/USD");
  private static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");

  private final FakeClock clock = new FakeClock(NOON, 1000);
  private final Sink sink = new Sink(clock, OptionalLong.empty(), OptionalDouble.empty());
  private final CoverageWriter coverage = new CoverageWriter(sink.run);
  private final PairFeed feed = new PairFeed(BTC, true);
  private final PairBars bars = new PairBars(feed, 60, "coinbase", sink.run, coverage);

  private void take(long id, int second) {
    MarketTrade trade = new MarketTrade(BTC, id, NOON.plusSeconds(second), BigDecimal.valueOf(100 + id), BigDecimal.ONE, null);
    assertTrue(feed.take(trade, new TradeBook.Finding(clock.nanos(), "it broke", true)));
    bars.take(trade);
  }

  private List<String> watched() {
    bars.cover();
    coverage.flush();
    return sink.watched().stream().map(line -> line.replace("coinbase BTC/USD ", "").replace("2026-11-30T", "").replace(":00Z", "")).toList();
  }

  private List<String> sent() {
    bars.send(clock.nanos());
    return sink.bars().stream().map(bar -> bar.start().toString().substring(11, 16) + " " + bar.close().toBigInteger() + " " + bar.complete()).toList();
  }

  @Test
  void minutesWithoutATradeAreObservedWhenTheIdsBeforeAndAfterAreNeighbours() {
    take(1, 30);
    take(2, 250);
    // The minute in which it began is not whole; the one that runs is not over.
    assertEquals(List.of("observed 12:01 to 12:04", "source-down 12:00 to 12:01"), watched());
  }

  @Test
  void aHeartbeatProvesIdleMinutes() {
    take(1, 30);
    assertEquals(List.of(), watched());
    feed.proven(NOON.plusSeconds(120));
    assertEquals(List.of("observed 12:01 to 12:02"), watched());
  }

  @Test
  void minutesOfAHoleAreKnownWhenItIsClosed() {
    take(1, 30);
    take(2, 70);
    take(4, 190);
    assertEquals(List.of("source-down 12:00 to 12:02"), watched());
    take(3, 130);
    assertEquals(List.of("source-down 12:00 to 12:02", "observed 12:01 to 12:03"), watched());
  }

  @Test
  void minutesOfAHoleThatAnEarlierRunClosedAreSaidToBeKnownAgain() {
    Instant tail = NOON.plusSeconds(600);
    feed.restore(new TradeWatch(BTC, 1, 4, NOON.plusSeconds(610)), tail, tail, clock.nanos());
    TradeHole hole = new TradeHole(BTC, 2, 3, NOON.plusSeconds(10), NOON.plusSeconds(150), TradeHole.State.OPEN, "it broke");
    feed.restore(hole, tail, tail, clock.nanos());
    bars.resume();
    assertEquals(List.of(), watched());
    // Nothing is asked before its trades are there.
    assertEquals(List.of(NOON.plusSeconds(600)), bars.partial());
    take(2, 20);
    take(3, 130);
    feed.proven(NOON.plusSeconds(620));
    assertEquals(List.of(), watched());
    assertEquals(Stream.of(600, 120, 60, 0).map(NOON::plusSeconds).toList(), bars.partial());
    for (int minute : List.of(2, 1, 0)) {
      bars.minutes().complete(NOON.plusSeconds(minute * 60L), true);
    }
    // Also the one in which nobody traded.
    assertEquals(List.of("12:00 102 true", "12:02 103 true"), sent());
    assertEquals(List.of("observed 12:00 to 12:03"), watched());
  }

  @Test
  void minutesOfIdsThatHaveLongBeenAbsentAreNotAskedForAgain() {
    Instant tail = NOON.plusSeconds(7200);
    feed.restore(new TradeWatch(BTC, 1, 9, tail), tail, tail, clock.nanos());
    feed.restore(new TradeHole(BTC, 2, 3, NOON, NOON.plusSeconds(10), TradeHole.State.ABSENT, "nobody has them, also after 10 minutes"), tail, tail, clock.nanos());
    Instant lately = NOON.plusSeconds(6000);
    feed.restore(new TradeHole(BTC, 5, 6, lately, lately.plusSeconds(10), TradeHole.State.ABSENT, "nobody has them, also after 10 minutes"), tail, tail, clock.nanos());
    bars.resume();
    watched();
    assertEquals(List.of(tail, lately), bars.partial());
  }

  @Test
  void missedMinutesAreToldOnce() {
    take(1, 30);
    take(2, 70);
    take(4, 80);
    take(5, 310);
    take(7, 320);
    take(8, 1200);
    watched();
    long told = sink.uncounted();
    for (int i = 0; i < 10; i++) {
      watched();
    }
    assertEquals(told, sink.uncounted());
  }

  @Test
  void barsMoveWhileTheirMinuteRunsAndAreSentAtItsEnd() {
    take(1, 30);
    take(2, 70);
    assertEquals(List.of("12:01 102 false"), sent());
    take(3, 75);
    assertEquals(List.of("12:01 102 false"), sent());
    clock.pause(Duration.ofMillis(250));
    assertEquals(List.of("12:01 102 false", "12:01 103 false"), sent());
    feed.proven(NOON.plusSeconds(120));
    assertEquals(List.of("12:01 102 false", "12:01 103 false", "12:01 103 true"), sent());
  }

  @Test
  void theMinuteInWhichItBeganIsSentWhenTheHistoryHasIt() {
    take(2, 30);
    assertEquals(List.of(), sent());
    assertEquals(List.of(NOON), bars.partial());
    take(3, 61);
    bars.minutes().complete(NOON, true);
    assertEquals(List.of("12:00 102 true", "12:01 103 false"), sent());
    assertEquals(List.of("observed 12:00 to 12:01"), watched());
  }

  @Test
  void aCoinThatTheLakeDoesNotHaveGetsItsFirstBarAtOnce() {
    bars.newestBar(Instant.MIN);
    take(2, 30);
    assertEquals(List.of("12:00 102 false"), sent());
    assertEquals(List.of(NOON), bars.partial());
    take(3, 61);
    clock.pause(Duration.ofMillis(250));
    assertEquals(List.of("12:00 102 false", "12:01 103 false"), sent());
    assertEquals(List.of(), watched());
    bars.minutes().complete(NOON, true);
    assertEquals(List.of("12:00 102 false", "12:01 103 false", "12:00 102 true"), sent());
  }

  @Test
  void aMinuteThatMayHaveABarIsSentOnlyAsAWhole() {
    bars.newestBar(NOON);
    take(2, 30);
    assertEquals(List.of(), sent());
  }

  @Test
  void aMinuteAfterTheNewestBarIsSentAtOnce() {
    bars.newestBar(NOON.minusSeconds(60));
    take(2, 30);
    assertEquals(List.of("12:00 102 false"), sent());
  }

  private void answer(Duration after) {
    clock.pause(after);
    for (TradeBook.Hole hole : List.copyOf(feed.book().holes())) {
      if (hole.answered(clock.nanos(), clock.nanos())) {
        bars.giveUp(hole.from(), hole.to());
      }
    }
  }

  @Test
  void aMinuteWhoseTradesTheExchangeDoesNotHaveGetsALastBar() {
    take(1, 30);
    take(2, 70);
    take(4, 75);
    feed.proven(NOON.plusSeconds(300));
    for (int i = 0; i < 3; i++) {
      answer(Duration.ofMinutes(3));
    }
    // Three answers, but not for long enough.
    assertEquals(List.of("12:01 104 false"), sent());
    answer(Duration.ofMinutes(4));
    assertEquals(List.of("12:01 104 false", "12:01 104 null"), sent());
    // The minute in which it began is not whole either.
    assertEquals(List.of("observed 12:02 to 12:05", "source-down 12:00 to 12:02"), watched());
    take(3, 72);
    assertEquals(List.of("12:01 104 false", "12:01 104 null", "12:01 104 true"), sent());
  }

  @Test
  void aMinuteThatIsNotInMemoryIsAskedForWhenItsTradesAreGivenUp() {
    feed.restore(new TradeWatch(BTC, 1, 40, NOON.plusSeconds(300)), NOON.plusSeconds(300), NOON.plusSeconds(300), 0);
    feed.restore(
        new TradeHole(BTC, 10, 11, NOON.plusSeconds(30), NOON.plusSeconds(32), TradeHole.State.ABSENT, "no such trades"), NOON.plusSeconds(300),
        NOON.plusSeconds(300), 0);
    bars.resume();
    assertEquals(List.of(NOON.plusSeconds(300)), bars.partial());
    answer(Duration.ZERO);
    answer(Duration.ofMinutes(10));
    assertEquals(List.of(NOON.plusSeconds(300), NOON), bars.partial());
    TradeHole reported = (TradeHole) feed.memory().get(1);
    // The next run does not do it all again.
    PairFeed next = new PairFeed(BTC, true);
    next.restore(new TradeWatch(BTC, 1, 40, NOON.plusSeconds(300)), NOON, NOON, 0);
    next.restore(reported, NOON, NOON, 0);
    assertTrue(next.book().holes().iterator().next().isGivenUp());
    assertEquals(reported, next.memory().get(1));
  }

  @Test
  void goesOnAfterAnEarlierRun() {
    MarketTrade trade = new MarketTrade(BTC, 5, NOON.plusSeconds(30), BigDecimal.TEN, BigDecimal.ONE, null);
    feed.restore(new TradeWatch(BTC, 1, 4, null), NOON.plusSeconds(20), NOON.plusSeconds(20), 0);
    assertTrue(feed.restore(trade, NOON.plusSeconds(30), NOON.plusSeconds(20), 0));
    bars.take(trade);
    bars.resume();
    take(6, 65);
    take(7, 130);
    assertEquals(List.of("12:01 106 true", "12:02 107 false"), sent());
    // The history is asked for the minute in which the earlier run ended; until it answers, the minute is not known.
    assertEquals(List.of("observed 12:01 to 12:02", "source-down 12:00 to 12:01"), watched());
    assertEquals(List.of(NOON), bars.partial());
  }
}
