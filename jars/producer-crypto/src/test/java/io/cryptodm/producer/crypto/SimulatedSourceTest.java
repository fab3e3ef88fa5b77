package io.cryptodm.producer.crypto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.QuoteParser;
import io.cryptodm.contracts.QuoteWriter;
import io.cryptodm.contracts.Spec;
import io.cryptodm.producer.FakeClock;
import io.cryptodm.producer.Sink;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SimulatedSourceTest {
  private static final Instant NOW = Instant.parse("2025-07-08T05:44:30Z");
  private static final Spec.Coin BTC = new Spec.Coin(new Pair("BTC", "USD"), new BigDecimal("108000"), 0);
  private static final Spec.Coin LTC = new Spec.Coin(new Pair("LTC", "USD"), new BigDecimal("86"), 0);

  @Test
  void barsArePlausibleContinuousAndBoundedForEveryPrice() {
    for (String price : List.of("0.0000012", "0.00002", "0.0005", "0.3", "86", "350", "108000", "5000000")) {
      RandomWalk walk = new RandomWalk(new Spec.Coin(new Pair("X", "USD"), new BigDecimal(price), 0), 1);
      BigDecimal before = null;
      Instant start = Instant.parse("2025-07-08T00:00:00Z");
      for (int i = 0; i < 3000; i++) {
        QuoteBar bar = walk.bar(start.plusSeconds(60L * i));
        // The parser holds low <= open, close <= high and all prices above 0.
        assertEquals(List.of(), QuoteParser.parse(QuoteWriter.write(bar), bar.start()).faults());
        assertTrue(bar.vwap().compareTo(bar.low()) >= 0 && bar.vwap().compareTo(bar.high()) <= 0);
        assertTrue(bar.volume().signum() > 0 && bar.tradeCount() > 0);
        assertTrue(before == null || before.compareTo(bar.open()) == 0, "a bar opens where the last one closed");
        double part = bar.close().doubleValue() / Double.parseDouble(price);
        assertTrue(part > 0.7 && part < 1.4);
        before = bar.close();
      }
    }
  }

  @Test
  void barsFollowFromSeedPairAndMinuteAlone() {
    RandomWalk one = new RandomWalk(BTC, 7);
    RandomWalk other = new RandomWalk(BTC, 7);
    Instant start = Instant.parse("2025-07-08T00:00:00Z");
    QuoteBar later = one.bar(start.plusSeconds(3600));
    other.bar(start);
    assertEquals(later, other.bar(start.plusSeconds(3600)));
    assertNotEquals(later, new RandomWalk(BTC, 8).bar(start.plusSeconds(3600)));
    assertEquals("108457.75 108528.69 108436.76", Walks.shown(new RandomWalk(BTC, 1).bar(start)), "the same on every machine");
  }

  @Test
  void aRunningMinuteGrowsIntoItsBar() {
    RandomWalk walk = new RandomWalk(BTC, 1);
    QuoteBar early = walk.bar(NOW, 0.25);
    QuoteBar late = walk.bar(NOW, 0.75);
    QuoteBar whole = walk.bar(NOW);
    assertEquals(early.open(), whole.open());
    assertTrue(early.volume().compareTo(late.volume()) < 0 && late.volume().compareTo(whole.volume()) < 0);
    assertTrue(early.high().compareTo(whole.high()) <= 0 && early.low().compareTo(whole.low()) >= 0);
    assertEquals(whole, walk.bar(NOW, 1));
  }

  private static Sink run(FakeClock time, OptionalDouble seconds, TopicTail tail) {
    return run(time, seconds, tail, Duration.ZERO);
  }

  private static Sink run(FakeClock time, OptionalDouble seconds, TopicTail tail, Duration first) {
    Sink sink = new Sink(time, OptionalLong.empty(), seconds);
    new SimulatedSource(List.of(BTC, LTC), 1, new SimulatedClock(time, time.now(), 1), first, sink.run).runNaturally(tail);
    return sink;
  }

  private static List<String> minutes(Sink sink, Spec.Coin coin) {
    return sink.bars().stream().filter(bar -> bar.pair().equals(coin.pair())).map(bar -> bar.start().toString().substring(11, 16)).toList();
  }

  @Test
  void theLastFullMinuteComesAtOnceAndThenEachWhenItIsComplete() {
    Sink sink = run(new FakeClock(NOW, 1000), OptionalDouble.of(151), null);
    assertEquals(List.of("05:43", "05:44", "05:45", "05:46"), minutes(sink, BTC));
    assertEquals(List.of("05:43", "05:44", "05:45", "05:46"), minutes(sink, LTC));
    assertEquals(
        List.of(
            "simulate BTC/USD observed 2025-07-08T05:43:00Z to 2025-07-08T05:47:00Z",
            "simulate LTC/USD observed 2025-07-08T05:43:00Z to 2025-07-08T05:47:00Z"),
        sink.watched());
  }

  @Test
  void newCoinsGetTheirHistoryBehindTheFirstCandle() {
    TopicTail tail = new TopicTail();
    tail.add(new RandomWalk(LTC, 1).bar(Instant.parse("2025-07-08T05:42:00Z")), "simulate");
    Sink sink = run(new FakeClock(NOW, 1000), OptionalDouble.of(61), tail, Duration.ofHours(3));
    List<String> btc = minutes(sink, BTC);
    assertEquals(List.of("05:43", "04:43"), btc.subList(0, 2), "the first candle, then the last hour");
    assertEquals(1 + 180 + 1, btc.size());
    assertEquals(btc.size(), btc.stream().distinct().count());
    assertEquals("02:43", btc.get(121));
    assertEquals(List.of("05:43", "05:44"), minutes(sink, LTC), "it is not new");
    assertEquals(180, sink.state.snapshot().historyMinutes());
    assertEquals(180, sink.state.snapshot().historyAnswered());
    assertTrue(sink.watched().contains("simulate BTC/USD history 2025-07-08T02:43:00Z to 2025-07-08T03:43:00Z"), sink.watched().toString());
  }

  @Test
  void minutesMissedSinceTheLastRunAreFilled() {
    TopicTail tail = new TopicTail();
    RandomWalk walk = new RandomWalk(BTC, 1);
    for (String minute : List.of("05:38", "05:40")) {
      tail.add(walk.bar(Instant.parse("2025-07-08T" + minute + ":00Z")), "simulate");
    }
    tail.add(walk.bar(Instant.parse("2025-07-08T05:41:00Z")), "alpaca");
    Sink sink = run(new FakeClock(NOW, 1000), OptionalDouble.of(20), tail);
    assertEquals(List.of("05:43", "05:39", "05:41", "05:42"), minutes(sink, BTC));
    assertTrue(sink.watched().contains("simulate BTC/USD history 2025-07-08T05:39:00Z to 2025-07-08T05:43:00Z"), sink.watched().toString());
    assertEquals(List.of("05:43"), minutes(sink, LTC), "without an earlier run there is nothing to fill");
  }

  @Test
  void aMinuteLeftUnfinishedByAKillIsCompleted() {
    TopicTail tail = new TopicTail();
    RandomWalk walk = new RandomWalk(BTC, 1);
    tail.add(walk.bar(Instant.parse("2025-07-08T05:41:00Z"), 0.5), "simulate");
    Sink sink = run(new FakeClock(NOW, 1000), OptionalDouble.of(20), tail);
    assertEquals(List.of("05:43", "05:41", "05:42"), minutes(sink, BTC));
    assertEquals(walk.bar(Instant.parse("2025-07-08T05:41:00Z")), sink.bars().stream().filter(bar -> bar.start().toString().contains("05:41")).findFirst().orElseThrow());
  }

  @Test
  void nothingOlderThanADayIsFilled() {
    TopicTail tail = new TopicTail();
    tail.add(new RandomWalk(BTC, 1).bar(Instant.parse("2025-07-01T00:00:00Z")), "simulate");
    Sink sink = run(new FakeClock(NOW, 1000), OptionalDouble.of(20), tail);
    assertEquals(24 * 60 + 1, minutes(sink, BTC).size());
  }

  @Test
  void aRateIsSpreadEvenlyOverTheCoinsAndEndedMinutesComeComplete() {
    FakeClock time = new FakeClock(Instant.parse("2025-07-08T05:44:58Z"), 10_000);
    Sink sink = new Sink(time, OptionalLong.empty(), OptionalDouble.of(10));
    new SimulatedSource(List.of(BTC, LTC), 1, new SimulatedClock(time, time.now(), 1), Duration.ZERO, sink.run).runAtRate(10);
    List<QuoteBar> bars = sink.bars();
    assertEquals(100, bars.size());
    assertEquals(50, bars.stream().filter(bar -> bar.pair().equals(BTC.pair())).count());
    QuoteBar lastOfEnded =
        bars.stream().filter(bar -> bar.pair().equals(BTC.pair()) && bar.start().toString().contains("05:44")).reduce((a, b) -> b).orElseThrow();
    assertEquals(new RandomWalk(BTC, 1).bar(lastOfEnded.start()), lastOfEnded);
    assertEquals(
        List.of(
            "simulate BTC/USD observed 2025-07-08T05:44:00Z to 2025-07-08T05:45:00Z",
            "simulate LTC/USD observed 2025-07-08T05:44:00Z to 2025-07-08T05:45:00Z"),
        sink.watched());
  }

  @Test
  void aRateTooLowForEveryMinuteClaimsNothing() {
    FakeClock time = new FakeClock(NOW, 10_000);
    Sink sink = new Sink(time, OptionalLong.empty(), OptionalDouble.of(600));
    new SimulatedSource(List.of(BTC, LTC), 1, new SimulatedClock(time, time.now(), 1), Duration.ZERO, sink.run).runAtRate(0.05);
    assertEquals(List.of(), sink.watched());
    assertTrue(sink.bars().size() > 20);
  }

  @Test
  void aFasterSimulationEndsInThePresent() {
    FakeClock time = new FakeClock(NOW, 100_000);
    SimulatedClock clock = new SimulatedClock(time, NOW.minus(Duration.ofHours(1)), 60);
    time.pause(Duration.ofSeconds(30));
    assertEquals(NOW.minus(Duration.ofMinutes(30)), clock.now());
    time.pause(Duration.ofSeconds(300));
    assertEquals(time.now(), clock.now());
  }

  /** Bars as short text. */
  private static final class Walks {
    static String shown(QuoteBar bar) {
      return List.of(bar.open(), bar.high(), bar.low()).stream().map(value -> value.stripTrailingZeros().toPlainString()).collect(Collectors.joining(" "));
    }
  }
}
