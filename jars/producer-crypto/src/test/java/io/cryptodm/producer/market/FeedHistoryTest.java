package io.cryptodm.producer.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import io.cryptodm.producer.CoverageWriter;
import io.cryptodm.producer.FakeClock;
import io.cryptodm.producer.ReliableSender;
import io.cryptodm.producer.Run;
import io.cryptodm.producer.RunState;
import java.math.BigDecimal;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FeedHistoryTest {
  private static final Pair BTC = Pair.parse("BTC/USD");
  private static final Pair ETH = Pair.parse("ETH/USD");
  private static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");

  private final FakeClock clock = new FakeClock(NOON, 1000);
  private final MockProducer<byte[], byte[]> kafka = new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
  private final RunState state = new RunState();
  private final ReliableSender sender = new ReliableSender("market-trades", () -> kafka, state, clock);
  private final Run run = new Run(sender, sender, state, clock, OptionalLong.empty(), OptionalDouble.empty());
  private final FeedTrades trades = new FeedTrades(new CoinbaseExchange(), List.of(BTC, ETH), Set.of(BTC), 10, run, new CoverageWriter(run));
  private final FeedHistory history =
      new FeedHistory(
          new HistoryClient(trades.exchange(), "http://127.0.0.1:1", HttpClient.newHttpClient(), clock), trades, new FeedCandles(trades, run), run,
          Runnable::run);

  @AfterEach
  void close() {
    history.close();
  }

  private static MarketTrade trade(long id, int second) {
    return new MarketTrade(BTC, id, NOON.plusSeconds(second), BigDecimal.TEN, BigDecimal.ONE, null);
  }

  private static Exchange.RefusedRow row(Long id, String text) {
    return new Exchange.RefusedRow(text, "'price' is missing", id, null);
  }

  private List<String> sent() {
    return kafka.history().stream().map(record -> new String(record.value(), StandardCharsets.UTF_8)).filter(text -> text.startsWith("row")).toList();
  }

  @Test
  void aRowThatCannotBeReadIsKeptOnce() {
    history.refused(BTC, row(5L, "row 5"));
    history.refused(BTC, row(5L, "row 5"));
    history.refused(BTC, row(6L, "row 6"));
    assertEquals(List.of("row 5", "row 6"), sent());
    assertTrue(state.snapshot().lastError().contains("'price' is missing"));
  }

  @Test
  void rowsThatCannotBeReadAreKeptOnlyUpToANumber() {
    for (long id = 0; id < 1100; id++) {
      history.refused(BTC, row(id, "row " + id));
    }
    assertEquals(1000, sent().size());
  }

  /** The minute from noon on, of which the history gives a trade and a row that can't be read. */
  private MinuteBars minuteWith(Long refusedId) {
    TradeBook.Finding found = new TradeBook.Finding(0, "", true);
    trades.take(trades.feed(BTC), trade(10, 30), found);
    history.take(BTC, List.of(trade(8, 20)));
    history.complete(BTC, NOON, List.of(row(refusedId, "row")));
    return trades.bars().get(BTC).minutes();
  }

  @Test
  void aMinuteIsNotSureWhenARowOfItHasNoId() {
    assertTrue(minuteWith(null).isUnsure(NOON));
  }

  @Test
  void aMinuteIsNotSureWhenARowBeforeItsFirstTradeCannotBeRead() {
    assertTrue(minuteWith(7L).isUnsure(NOON));
  }

  @Test
  void aRowBetweenKnownTradesIsAHole() {
    assertFalse(minuteWith(9L).isUnsure(NOON));
    assertEquals(9, trades.feed(BTC).book().holes().iterator().next().first());
  }

  @Test
  void tradesOfAPairWithoutBarsAreGivenUpWithoutThem() {
    history.giveUp(ETH, NOON, NOON);
    history.giveUp(BTC, NOON, NOON);
    assertEquals(List.of(NOON), trades.bars().get(BTC).partial());
  }
}
