package io.cryptodm.producer.trader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.Spec;
import io.cryptodm.contracts.TradeEvent;
import io.cryptodm.contracts.TradeParser;
import io.cryptodm.producer.FakeClock;
import io.cryptodm.producer.Sink;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TradesTest {
  private static final Instant NOW = Instant.parse("2025-07-08T05:44:30Z");
  private static final Instant RECORDED = Instant.parse("2023-03-10T00:00:00Z");
  private static final Pair BTC = new Pair("BTC", "USD");
  private static final Pair ETH = new Pair("ETH", "USD");

  private static List<TradeEvent> run(int pauses, double rate, Deque<QuoteBar> replayed) {
    Sink sink = new Sink(new FakeClock(NOW, pauses), OptionalLong.empty(), OptionalDouble.empty());
    List<Spec.Coin> coins = List.of(new Spec.Coin(BTC, new BigDecimal("100000"), 0), new Spec.Coin(ETH, new BigDecimal("3000"), 0));
    TradeSimulation simulation = new TradeSimulation(coins, 10, 1, new TimeOrderedIds());
    new Trades(sink.run, simulation, rate, replayed::poll).run();
    return sink.kafka.history().stream().flatMap(record -> TradeParser.parse(record.value(), NOW).events().stream()).toList();
  }

  private static QuoteBar bar(Pair pair, int minute) {
    BigDecimal price = new BigDecimal(pair.equals(BTC) ? "20000" : "1500");
    return new QuoteBar(pair, RECORDED.plus(minute, ChronoUnit.MINUTES), price, price, price, price, BigDecimal.ONE, null, null);
  }

  @Test
  void areMadeNowWhereNothingIsReplayed() {
    List<TradeEvent> trades = run(20, 2, new ArrayDeque<>());
    assertTrue(trades.size() > 10);
    assertTrue(trades.stream().noneMatch(trade -> trade.timestamp().isBefore(NOW)));
  }

  @Test
  void areMadeInTheMinutesOfAReplayHoweverFastItIs() {
    Deque<QuoteBar> replayed = new ArrayDeque<>();
    for (int minute = 0; minute < 60; minute++) {
      replayed.add(bar(BTC, minute));
      replayed.add(bar(ETH, minute));
    }
    // 0.2 a second of two coins are six a minute of each.
    List<TradeEvent> trades = run(5, 0.2, replayed);
    // The first bar has twelve, because it is the only pair so far.
    assertEquals(726, trades.size());
    Map<Instant, Long> minutes =
        trades.stream().map(trade -> trade.timestamp().truncatedTo(ChronoUnit.MINUTES)).collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    assertEquals(60, minutes.size());
    assertEquals(18, minutes.remove(RECORDED));
    assertTrue(minutes.values().stream().allMatch(count -> count == 12));
    assertTrue(trades.stream().filter(trade -> trade.pair().equals(BTC)).allMatch(trade -> trade.quantity().doubleValue() * 20_000 < 10_100));
    assertEquals(trades.size(), trades.stream().map(TradeEvent::transactionId).distinct().count());
  }

  @Test
  void areAsManyForEachNumberOfPairsInAReplay() {
    for (int pairs : List.of(1, 4, 20)) {
      Deque<QuoteBar> replayed = new ArrayDeque<>();
      for (int minute = 0; minute < 30; minute++) {
        for (int pair = 0; pair < pairs; pair++) {
          replayed.add(bar(new Pair("C" + pair, "USD"), minute));
        }
      }
      List<TradeEvent> trades = run(5, 1, replayed);
      long later = trades.stream().filter(trade -> !trade.timestamp().isBefore(RECORDED.plusSeconds(60))).count();
      assertEquals(29 * 60, later, pairs + " pairs");
    }
  }

  @Test
  void areNotFewerBecauseOfARecordingThatWasReplayedBefore() {
    Deque<QuoteBar> replayed = new ArrayDeque<>();
    for (int minute = 0; minute < 3; minute++) {
      replayed.add(bar(ETH, minute));
      replayed.add(bar(new Pair("LTC", "USD"), minute));
    }
    for (int minute = 0; minute < 30; minute++) {
      replayed.add(bar(BTC, minute));
    }
    List<TradeEvent> trades = run(5, 1, replayed);
    long later = trades.stream().filter(trade -> trade.pair().equals(BTC) && !trade.timestamp().isBefore(RECORDED.plusSeconds(60))).count();
    assertEquals(29 * 60, later);
  }

  @Test
  void areBoundedAndGoOnNowWhenTheReplayIsOver() {
    Deque<QuoteBar> replayed = new ArrayDeque<>(List.of(bar(BTC, 0), bar(BTC, 1)));
    List<TradeEvent> trades = run(600, 1000, replayed);
    assertEquals(200, trades.stream().filter(trade -> trade.timestamp().isBefore(RECORDED.plusSeconds(120))).count());
    List<TradeEvent> later = trades.subList(200, trades.size());
    assertTrue(!later.isEmpty() && later.stream().allMatch(trade -> trade.timestamp().isAfter(NOW.plusSeconds(85))));
  }
}
