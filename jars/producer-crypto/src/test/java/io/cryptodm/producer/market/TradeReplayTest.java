package io.cryptodm.producer.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.producer.FakeClock;
import io.cryptodm.producer.Sink;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class TradeReplayTest {
  private static final Pair BTC = Pair.parse("BTC/USD");
  private static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");

  private final FakeClock clock = new FakeClock(NOON.plusSeconds(86_400), 100_000);
  private final Sink sink = new Sink(clock, OptionalLong.empty(), OptionalDouble.empty());

  /** Four a second from noon on, by their ids from 0 on. */
  private static MarketTrade trade(long id) {
    return new MarketTrade(BTC, id, NOON.plusMillis(id * 250), BigDecimal.valueOf(100 + id % 7), BigDecimal.valueOf(1 + id % 3), null);
  }

  private void replay(String exchange, OptionalDouble speed, LongStream ids) {
    TradeReplay replay = new TradeReplay(NOON, speed, sink.run);
    assertTrue(ids.allMatch(id -> replay.take(exchange, trade(id))));
    replay.end();
  }

  /** The last revision of each minute. */
  private Map<Instant, QuoteBar> last() {
    Map<Instant, QuoteBar> last = new TreeMap<>();
    sink.bars().forEach(bar -> last.put(bar.start(), bar));
    return last;
  }

  /** What the live path makes of a minute after noon. */
  private static QuoteBar live(int minute, LongStream ids) {
    MinuteBars bars = new MinuteBars(BTC, 60, true);
    bars.beginAt(NOON.plusSeconds(60L * minute));
    ids.mapToObj(TradeReplayTest::trade).forEach(bars::take);
    return bars.bar(NOON.plusSeconds(60L * minute));
  }

  @Test
  void wholeMinutesHaveTheBarsThatTheyHadLive() {
    replay("coinbase", OptionalDouble.empty(), LongStream.range(100, 1300));
    Map<Instant, QuoteBar> bars = last();
    // The first minute was not seen from its begin on; the last one runs.
    assertEquals(List.of(1, 2, 3, 4, 5), bars.keySet().stream().map(start -> (int) Duration.between(NOON, start).toMinutes()).toList());
    for (int minute = 1; minute < 5; minute++) {
      assertEquals(live(minute, LongStream.range(minute * 240L, (minute + 1) * 240L)), bars.get(NOON.plusSeconds(60L * minute)));
    }
    assertEquals(false, bars.get(NOON.plusSeconds(300)).complete());
    assertEquals(
        Set.of("replay BTC/USD source-down 2026-11-30T12:00:00Z to 2026-11-30T12:01:00Z", "replay BTC/USD observed 2026-11-30T12:01:00Z to 2026-11-30T12:05:00Z"),
        Set.copyOf(sink.watched()));
  }

  @Test
  void aMinuteThatLacksAnIdIsNotComplete() {
    replay("kraken", OptionalDouble.empty(), LongStream.range(0, 3000).filter(id -> id != 600));
    assertEquals(false, last().get(NOON.plusSeconds(120)).complete());
    assertEquals(true, last().get(NOON.plusSeconds(180)).complete());
    assertTrue(sink.watched().contains("replay BTC/USD source-down 2026-11-30T12:02:00Z to 2026-11-30T12:03:00Z"), sink.watched().toString());
  }

  @Test
  void idsOfAlpacaProveNothing() {
    replay("alpaca-stream", OptionalDouble.empty(), LongStream.range(0, 1300).filter(id -> id != 600));
    assertEquals(null, last().get(NOON.plusSeconds(120)).complete());
  }

  @Test
  void atAPaceTheRunningMinuteIsSentAgainAndEachTradeComesInItsTime() {
    replay("coinbase", OptionalDouble.of(2), LongStream.range(0, 960));
    List<QuoteBar> second = sink.bars().stream().filter(bar -> bar.start().equals(NOON.plusSeconds(60))).toList();
    assertTrue(second.size() > 50, second.size() + " revisions");
    assertEquals(false, second.get(0).complete());
    assertEquals(live(1, LongStream.range(240, 480)), second.get(second.size() - 1));
    assertEquals(Duration.ofMillis(959 * 125), clock.pauses().stream().reduce(Duration.ZERO, Duration::plus));
  }
}
