package io.cryptodm.producer.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.producer.FakeClock;
import io.cryptodm.producer.Sink;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class CandleHistoryTest {
  private static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");

  private final Sink sink = new Sink(new FakeClock(NOON, 10), OptionalLong.empty(), OptionalDouble.empty());

  private static Instant minute(int minute) {
    return NOON.plusSeconds(60L * minute);
  }

  private static CandleCheck.Span span(int from, int to) {
    return new CandleCheck.Span(minute(from), minute(to));
  }

  private void answer(CandleHistory history, CandleCheck.Span span) {
    assertEquals(span, history.due(NOON, 100));
    assertTrue(history.isNext(span.to()));
    assertTrue(history.take(span, List.of()));
  }

  @Test
  void goesBackPageAfterPageFromTheFirstMinute() {
    CandleHistory history = new CandleHistory(Duration.ofMinutes(150), "coinbase-candles", sink.run);
    assertNull(history.due(null, 100));
    assertEquals(0, sink.state.snapshot().historyMinutes());
    answer(history, span(-100, 0));
    answer(history, span(-150, -100));
    assertNull(history.due(NOON, 100));
    assertFalse(history.isNext(minute(-150)));
    assertEquals(150, sink.state.snapshot().historyAnswered());
  }

  @Test
  void goesOnWithWhatAnEarlierRunHasLeft() {
    CandleHistory history = new CandleHistory(new MarketSource.Past(minute(-200), minute(-50)), "coinbase-candles", sink.run);
    answer(history, span(-150, -50));
    answer(history, span(-200, -150));
    assertNull(history.due(NOON, 100));
    assertEquals(150, sink.state.snapshot().historyMinutes());
  }

  @Test
  void asksForNoMinuteWhoseTradesAreFollowed() {
    CandleHistory history = new CandleHistory(new MarketSource.Past(minute(-20), minute(5)), "coinbase-candles", sink.run);
    answer(history, span(-20, 0));
  }
}
