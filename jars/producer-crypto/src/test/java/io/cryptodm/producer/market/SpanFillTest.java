package io.cryptodm.producer.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.MarketParser;
import io.cryptodm.contracts.MarketRecord;
import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.MinuteRanges;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.Sources;
import io.cryptodm.contracts.TradeHole;
import io.cryptodm.producer.CoverageWriter;
import io.cryptodm.producer.FakeClock;
import io.cryptodm.producer.ReliableSender;
import io.cryptodm.producer.Reporter;
import io.cryptodm.producer.Run;
import io.cryptodm.producer.Sink;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpanFillTest {
  private static final Pair BTC = Pair.parse("BTC/USD");
  private static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");
  private static final Instant TEN_PAST = NOON.plusSeconds(600);

  /** id of the first trade at noon: four a second, from 11:57 to 12:13 */
  private static final long AT_NOON = 10_000;

  private static final long FIRST = AT_NOON - 180 * 4;
  private static final long END = AT_NOON + 780 * 4;

  private final FakeClock clock = new FakeClock(NOON.plusSeconds(86_400), 1000);
  private final Sink sink = new Sink(clock, OptionalLong.empty(), OptionalDouble.empty());
  private final MockProducer<byte[], byte[]> market = new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
  private final Run run =
      new Run(
          new ReliableSender("quotes", () -> sink.kafka, sink.state, clock), ReliableSender.beside("market", () -> market, sink.state, clock, () -> null),
          sink.state, clock, OptionalLong.empty(), OptionalDouble.empty());
  private final MinuteRanges bars = minutes(NOON, TEN_PAST);
  private final IdRanges known = new IdRanges();
  private HistoryServer server;

  @AfterEach
  void close() {
    if (server != null) {
      server.close();
    }
  }

  private static MarketTrade trade(long id) {
    Instant time = NOON.plusMillis((id - AT_NOON) * 250);
    return new MarketTrade(BTC, id, time, BigDecimal.valueOf(100 + id % 7), BigDecimal.valueOf(1 + id % 3), MarketTrade.Side.BUY);
  }

  private static MinuteRanges minutes(Instant from, Instant to) {
    MinuteRanges ranges = new MinuteRanges();
    ranges.add(from, to);
    return ranges;
  }

  private static Exchange exchange(String source) {
    return source.equals("binance")
        ? new BinanceExchange()
        : Exchanges.all(null, null).stream().filter(its -> its.source().equals(source)).findFirst().orElseThrow();
  }

  /** Fills ten minutes from noon on, from a history with some of the trades. */
  private SpanFill fill(String source, Predicate<Long> has) throws Exception {
    server = new HistoryServer(source, LongStream.range(FIRST, END).filter(has::test).mapToObj(SpanFillTest::trade).toList());
    HistoryClient client = new HistoryClient(exchange(source), server.url(), HttpClient.newHttpClient(), clock, Duration.ZERO);
    TradePlan.Part part = new TradePlan.Part(source, BTC, minutes(NOON, TEN_PAST), bars, known);
    SpanFill fill =
        new SpanFill(new PatientHistory(client, run), part, part.asked().list().get(0), run, new CoverageWriter(run), minutes -> { });
    fill.run();
    return fill;
  }

  private List<MarketRecord> records() {
    return market.history().stream().map(record -> MarketParser.read(record.value(), clock.now()).record()).toList();
  }

  private List<Long> ids() {
    return records().stream().filter(MarketTrade.class::isInstance).map(its -> ((MarketTrade) its).id()).sorted().toList();
  }

  private List<String> known() {
    return sink.watched().stream().map(line -> line.replace("2026-11-30T", "").replace(":00Z", "")).toList();
  }

  /** What the live path makes of the same trades. */
  private static QuoteBar live(int minute, boolean isProven) {
    MinuteBars bars = new MinuteBars(BTC, 60, isProven);
    Instant start = NOON.plusSeconds(60L * minute);
    bars.beginAt(start);
    LongStream.range(AT_NOON + 240L * minute, AT_NOON + 240L * (minute + 1)).mapToObj(SpanFillTest::trade).forEach(bars::take);
    return bars.bar(start);
  }

  @ParameterizedTest
  @ValueSource(strings = {"coinbase", "kraken", "binance", "alpaca-stream"})
  void givesEachTradeOfTheSpanOnceAndItsBarsAsTheyWouldBeLive(String source) throws Exception {
    SpanFill fill = fill(source, id -> true);
    assertEquals(LongStream.range(AT_NOON, AT_NOON + 2400).boxed().toList(), ids());
    assertEquals(2400, fill.given());
    assertEquals(2400, fill.sent());
    assertEquals(0, fill.absent());
    assertNull(fill.begins());
    for (int minute = 0; minute < 10; minute++) {
      Instant start = NOON.plusSeconds(60L * minute);
      List<QuoteBar> its = sink.bars().stream().filter(bar -> bar.start().equals(start)).toList();
      assertEquals(List.of(live(minute, !source.equals("alpaca-stream"))), its);
    }
    assertEquals(10, fill.bars());
    assertEquals(List.of(source + " BTC/USD history 12:00 to 12:10"), known());
  }

  @Test
  void sendsNoTradeThatIsThereAndMakesItsBarAllTheSame() throws Exception {
    known.add(AT_NOON - 10, AT_NOON + 1199);
    known.add(AT_NOON + 2399, AT_NOON + 5000);
    SpanFill fill = fill("coinbase", id -> true);
    assertEquals(LongStream.range(AT_NOON + 1200, AT_NOON + 2399).boxed().toList(), ids());
    assertEquals(2400, fill.given());
    assertEquals(1199, fill.sent());
    assertEquals(10, fill.bars());
  }

  @ParameterizedTest
  @ValueSource(strings = {"coinbase", "binance"})
  void aKnownTradeAfterTheSpanSparesRequests(String source) throws Exception {
    server = new HistoryServer(source, LongStream.range(FIRST, END + 100_000).mapToObj(SpanFillTest::trade).toList());
    HistoryClient client = new HistoryClient(exchange(source), server.url(), HttpClient.newHttpClient(), clock, Duration.ZERO);
    TradePlan.Part part = new TradePlan.Part(source, BTC, minutes(NOON, TEN_PAST), bars, known);
    int[] requests = new int[2];
    for (int i = 0; i < 2; i++) {
      int before = server.requests();
      new SpanFill(client, part, part.asked().list().get(0), run, new CoverageWriter(run), minutes -> { }).run();
      requests[i] = server.requests() - before;
      part.places().put(trade(AT_NOON + 2700).time(), AT_NOON + 2700);
    }
    assertEquals(2400 * 2, ids().size());
    assertTrue(requests[1] <= 8 && requests[0] > requests[1] + 5, requests[0] + " and " + requests[1] + " requests");
  }

  @Test
  void makesBarsOnlyWhereTheyAreWanted() throws Exception {
    MinuteRanges some = minutes(NOON.plusSeconds(120), NOON.plusSeconds(240));
    server = new HistoryServer("kraken", LongStream.range(FIRST, END).mapToObj(SpanFillTest::trade).toList());
    HistoryClient client = new HistoryClient(exchange("kraken"), server.url(), HttpClient.newHttpClient(), clock, Duration.ZERO);
    TradePlan.Part part = new TradePlan.Part("kraken", BTC, minutes(NOON, TEN_PAST), some, known);
    new SpanFill(client, part, part.asked().list().get(0), run, new CoverageWriter(run), minutes -> { }).run();
    assertEquals(2400, ids().size());
    assertEquals(List.of(NOON.plusSeconds(120), NOON.plusSeconds(180)), sink.bars().stream().map(QuoteBar::start).toList());
    assertEquals(List.of("kraken BTC/USD history 12:02 to 12:04"), known());
  }

  @ParameterizedTest
  @ValueSource(strings = {"coinbase", "kraken", "binance"})
  void aMinuteWithAnIdThatTheHistoryDoesNotHaveGetsNoBarAndIsNotKnown(String source) throws Exception {
    long lost = AT_NOON + 240 * 3 + 17;
    SpanFill fill = fill(source, id -> id != lost && id != lost + 1);
    assertEquals(2398, fill.sent());
    assertEquals(2, fill.absent());
    assertEquals(9, fill.bars());
    assertEquals(2, known().size());
    assertTrue(known().containsAll(List.of(source + " BTC/USD history 12:00 to 12:03", source + " BTC/USD history 12:04 to 12:10")), known().toString());
    List<MarketRecord> holes = records().stream().filter(TradeHole.class::isInstance).toList();
    assertEquals(
        List.of(
            new TradeHole(
                BTC, lost, lost + 1, trade(lost - 1).time(), trade(lost + 2).time(), TradeHole.State.ABSENT,
                "the history of the exchange has no such trades")),
        holes);
  }

  @Test
  void anIdThatOnlyTheTableHasIsNotAbsent() throws Exception {
    long lost = AT_NOON + 240 * 3 + 17;
    known.add(lost, lost);
    SpanFill fill = fill("coinbase", id -> id != lost);
    assertEquals(0, fill.absent());
    assertEquals(9, fill.bars(), "a bar without one of its trades would be wrong");
    assertTrue(records().stream().noneMatch(TradeHole.class::isInstance));
  }

  @ParameterizedTest
  @ValueSource(strings = {"coinbase", "kraken", "binance", "alpaca-stream"})
  void minutesBeforeTheBeginOfTheHistoryAreNotKnown(String source) throws Exception {
    SpanFill fill = fill(source, id -> id >= AT_NOON + 240 * 4 + 100);
    assertEquals(trade(AT_NOON + 240 * 4 + 100).time(), fill.begins());
    assertEquals(5, fill.bars());
    assertEquals(List.of(source + " BTC/USD history 12:05 to 12:10"), known());
  }

  @ParameterizedTest
  @ValueSource(strings = {"coinbase", "kraken", "binance", "alpaca-stream"})
  void minutesAfterTheEndOfTheHistoryAreNotKnown(String source) throws Exception {
    SpanFill fill = fill(source, id -> id < AT_NOON + 240 * 7 + 100);
    assertEquals(7, fill.bars());
    assertEquals(240 * 7 + 100, fill.sent());
    assertEquals(List.of(source + " BTC/USD history 12:00 to 12:07"), known());
  }

  @ParameterizedTest
  @ValueSource(strings = {"coinbase", "kraken", "binance", "alpaca-stream"})
  void aHistoryOfOtherTimesGivesNothingAndClaimsNothing(String source) throws Exception {
    SpanFill fill = fill(source, id -> id >= AT_NOON + 2500);
    assertEquals(List.of(), ids());
    assertEquals(List.of(), known());
    assertEquals(trade(AT_NOON + 2500).time(), fill.begins());
    assertEquals(0, fill.absent());
  }

  @ParameterizedTest
  @ValueSource(strings = {"coinbase", "kraken", "binance", "alpaca-stream"})
  void aMinuteWithoutATradeIsKnownAndHasNoBar(String source) throws Exception {
    // Ids of the trades around it are in a row.
    List<MarketTrade> trades =
        LongStream.range(FIRST, END - 360)
            .mapToObj(id -> {
              MarketTrade its = trade(id);
              Instant time = id < AT_NOON + 600 ? its.time() : its.time().plusSeconds(90);
              return new MarketTrade(BTC, id, time, its.price(), its.quantity(), its.side());
            })
            .toList();
    server = new HistoryServer(source, trades);
    HistoryClient client = new HistoryClient(exchange(source), server.url(), HttpClient.newHttpClient(), clock, Duration.ZERO);
    TradePlan.Part part = new TradePlan.Part(source, BTC, minutes(NOON, TEN_PAST), bars, known);
    new SpanFill(client, part, part.asked().list().get(0), run, new CoverageWriter(run), minutes -> { }).run();
    assertEquals(9, sink.bars().size());
    assertTrue(sink.bars().stream().noneMatch(bar -> bar.start().equals(NOON.plusSeconds(180))));
    assertEquals(List.of(source + " BTC/USD history 12:00 to 12:10"), known());
  }

  @ParameterizedTest
  @ValueSource(strings = {"coinbase", "alpaca-stream"})
  void aRowThatCannotBeReadIsKeptOnceAndItsMinuteIsNotKnown(String source) throws Exception {
    long wrong = AT_NOON + 240 * 3 + 17;
    List<MarketTrade> trades = LongStream.range(FIRST, END).filter(id -> id != wrong).mapToObj(SpanFillTest::trade).toList();
    Exchange.RefusedRow row = new Exchange.RefusedRow("row", "'price' is missing", null, trade(wrong).time());
    TradePages pages =
        new TradePages() {
          @Override
          public Exchange exchange() {
            return SpanFillTest.exchange(source);
          }

          @Override
          public Exchange.TradePage trades(Pair pair, String cursor, int limit) {
            return limit == 1 ? new Exchange.TradePage(trades.subList(0, 1), null) : new Exchange.TradePage(trades, null, List.of(row, row));
          }
        };
    TradePlan.Part part = new TradePlan.Part(source, BTC, minutes(NOON, TEN_PAST), bars, known);
    new SpanFill(pages, part, part.asked().list().get(0), run, new CoverageWriter(run), minutes -> { }).run();
    assertEquals(9, sink.bars().size());
    assertTrue(sink.bars().stream().noneMatch(bar -> bar.start().equals(NOON.plusSeconds(180))));
    assertEquals(1, market.history().stream().filter(its -> new String(its.value(), StandardCharsets.UTF_8).equals("row")).count());
  }

  @Test
  void waitsAsLongAsTheExchangeSaysAndGivesUpWhenItNeverAnswers() throws Exception {
    server = new HistoryServer("coinbase", LongStream.range(FIRST, END).mapToObj(SpanFillTest::trade).toList());
    server.fail(429, "7");
    PatientHistory history =
        new PatientHistory(new HistoryClient(exchange("coinbase"), server.url(), HttpClient.newHttpClient(), clock, Duration.ZERO), run);
    assertEquals(1, history.trades(BTC, "10100", 1).trades().size());
    assertEquals(List.of(Duration.ofSeconds(7)), clock.pauses());
    PatientHistory other =
        new PatientHistory(new HistoryClient(exchange("coinbase"), server.url(), HttpClient.newHttpClient(), clock, Duration.ZERO), run);
    for (int i = 0; i < 4; i++) {
      server.fail(503, null);
    }
    int before = server.requests();
    ExchangeException e = assertThrows(ExchangeException.class, () -> other.trades(BTC, "10100", 1));
    assertEquals("Coinbase answers 503: {\"message\":\"no\"}", e.getMessage());
    assertEquals(4, server.requests() - before);
    server.fail(404, null);
    assertTrue(assertThrows(ExchangeException.class, () -> other.trades(BTC, "10100", 1)).isRefused());
  }

  @Test
  void aPairThatIsRefusedCostsNoOtherAndAllRecordsSayThatTheyAreOfABackfill() throws Exception {
    server = new HistoryServer("coinbase", LongStream.range(FIRST, END).mapToObj(SpanFillTest::trade).toList());
    server.fail(404, null);
    MinuteRanges one = minutes(NOON, NOON.plusSeconds(60));
    TradePlan plan =
        new TradePlan(
            List.of(
                new TradePlan.Part("coinbase", Pair.parse("NO/USD"), one, new MinuteRanges(), new IdRanges()),
                new TradePlan.Part("coinbase", BTC, one, one, new IdRanges())));
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    Reporter reporter = new Reporter(sink.state, new PrintStream(said, true, StandardCharsets.UTF_8), null, () -> { });
    new TradeBackfill(List.of(exchange("coinbase")), Map.of("coinbase", server.url()), run, reporter).run(plan);
    assertEquals(240, ids().size());
    String began = Long.toString(NOON.plusSeconds(86_400).toEpochMilli());
    assertFalse(sink.kafka.history().isEmpty());
    assertTrue(
        Stream.concat(market.history().stream(), sink.kafka.history().stream())
            .allMatch(its -> new String(its.headers().lastHeader(Sources.BACKFILL).value(), StandardCharsets.UTF_8).equals(began)));
    List<String> events = said.toString(StandardCharsets.UTF_8).lines().toList();
    assertEquals(
        "{\"event\":\"refused\",\"reason\":\"Coinbase gives no trades of NO/USD: Coinbase answers 404: {\\\"message\\\":\\\"no\\\"}\"}", events.get(0));
    assertEquals(
        "{\"event\":\"backfilled\",\"source\":\"coinbase\",\"pair\":\"NO/USD\",\"given\":0,\"sent\":0,\"absent\":0,\"bars\":0,\"begins\":null}", events.get(1));
    assertEquals(
        "{\"event\":\"backfilled\",\"source\":\"coinbase\",\"pair\":\"BTC/USD\",\"given\":240,\"sent\":240,\"absent\":0,\"bars\":1,\"begins\":null}",
        events.get(events.size() - 1));
    assertTrue(events.contains("{\"event\":\"history\",\"asked\":1,\"of\":2}"), events.toString());
  }
}
