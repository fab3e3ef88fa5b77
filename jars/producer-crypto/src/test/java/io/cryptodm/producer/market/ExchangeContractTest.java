package io.cryptodm.producer.market;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertThrowsExactly;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BigIntegerNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Money;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What each exchange must do, by its fixture {@code test/fixtures/exchanges/<source>.json}. */
class ExchangeContractTest {
  private static final JsonMapper JSON = JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();
  private static final Pair BTC = Pair.parse("BTC/USD");
  private static final Instant BEGIN = Instant.parse("2026-11-30T12:00:00Z");
  private static final Duration LONG = Duration.ofSeconds(60);

  static Stream<Subject> exchanges() throws IOException {
    List<Subject> subjects = new ArrayList<>();
    for (Exchange exchange : Exchanges.all("id", "secret")) {
      subjects.add(Subject.of(exchange));
    }
    subjects.add(Subject.of(new BinanceExchange()));
    return subjects.stream();
  }

  /** An exchange and its fixture. */
  record Subject(Exchange exchange, JsonNode fixture) {
    static Subject of(Exchange exchange) throws IOException {
      return new Subject(exchange, JSON.readTree(Path.of("../../test/fixtures/exchanges", exchange.source() + ".json").toFile()));
    }

    List<Pair> pairs() {
      return list(fixture.path("pairs")).stream().map(pair -> Pair.parse(pair.asText())).toList();
    }

    @Override
    public String toString() {
      return exchange.source();
    }
  }

  private static List<JsonNode> list(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).toList();
  }

  private static List<String> texts(JsonNode array) {
    return list(array).stream().map(JsonNode::asText).toList();
  }

  private static String body(JsonNode its, String field) {
    return its.has("text") ? its.path("text").asText() : its.path(field).toString();
  }

  /** What a message says, as lines. */
  private static final class Heard implements Exchange.Listener {
    private final List<String> lines = new ArrayList<>();

    private static String name(Object value, String none) {
      return value == null ? none : value.toString();
    }

    @Override
    public void trade(MarketTrade trade) {
      lines.add(text(trade));
    }

    @Override
    public void heartbeat(Pair pair, long lastId, Instant time) {
      lines.add("heartbeat " + name(pair, "*") + " " + lastId + " " + name(time, "-"));
    }

    @Override
    public void ready() {
      lines.add("ready");
    }

    @Override
    public void refused(Pair pair, String reason) {
      lines.add("refused " + name(pair, "*") + " " + reason);
    }

    @Override
    public void failed(String reason) {
      lines.add("failed " + reason);
    }
  }

  private static String text(MarketTrade trade) {
    return String.join(
        " ", "trade", trade.pair().toString(), Long.toString(trade.id()), trade.time().toString(), Money.text(trade.price()), Money.text(trade.quantity()),
        trade.side() == null ? "-" : trade.side().wire());
  }

  private static String text(QuoteBar bar) {
    return String.join(
        " ", "candle", bar.pair().toString(), bar.start().toString(), Money.text(bar.open()), Money.text(bar.high()), Money.text(bar.low()),
        Money.text(bar.close()), Money.text(bar.volume()), bar.vwap() == null ? "-" : Money.text(bar.vwap()), Heard.name(bar.tradeCount(), "-"));
  }

  // ---- The stream -----------------------------------------------------------------------------------------------------------------

  @ParameterizedTest
  @MethodSource("exchanges")
  void messagesSayWhatTheFixtureSays(Subject subject) {
    assertAll(
        list(subject.fixture.path("stream")).stream()
            .map(its -> () -> {
              Heard heard = new Heard();
              subject.exchange.read(body(its, "message"), heard);
              assertEquals(texts(its.path("says")), heard.lines, its.path("what").asText());
            }));
  }

  @ParameterizedTest
  @MethodSource("exchanges")
  void subscriptionsNameEveryPair(Subject subject) throws IOException {
    List<JsonNode> sent = new ArrayList<>();
    for (String message : subject.exchange.subscriptions(subject.pairs())) {
      sent.add(JSON.readTree(message));
    }
    assertEquals(list(subject.fixture.path("subscriptions")), sent);
  }

  /** Wrong forms of a good message, by what is wrong with them. */
  private static Map<String, String> malformed(JsonNode fixture) {
    JsonNode sample = fixture.path("trade");
    JsonNode good = sample.path("message");
    String text = good.toString();
    Map<String, String> wrong = new LinkedHashMap<>();
    for (int cut : new int[] {0, 1, text.length() / 2, text.length() - 1}) {
      wrong.put("cut after " + cut, text.substring(0, cut));
    }
    wrong.put("more after its end", text + "}");
    wrong.put("null", "null");
    wrong.put("an object and a list changed", good.isArray() ? good.path(0).toString() : "[" + text + "]");
    for (String field : List.of("price", "quantity")) {
      for (String value : List.of("abc", "", "0", "-1", "1e999999999", "1e-999999999", "NaN")) {
        wrong.put(field + " " + value, with(good, sample.path(field), TextNode.valueOf(value)));
      }
    }
    for (String field : List.of("id", "price", "quantity", "time", "pair", "type")) {
      wrong.put("no " + field, with(good, sample.path(field), null));
      wrong.put("a list as " + field, with(good, sample.path(field), JSON.createArrayNode().add(1)));
    }
    wrong.put("id beyond 64 bits", with(good, sample.path("id"), BigIntegerNode.valueOf(BigInteger.TWO.pow(64))));
    wrong.put("id below 0", with(good, sample.path("id"), BigIntegerNode.valueOf(BigInteger.ONE.negate())));
    wrong.put("id with a fraction", with(good, sample.path("id"), JSON.getNodeFactory().numberNode(new BigDecimal("1.5"))));
    wrong.put("unknown type", with(good, sample.path("type"), TextNode.valueOf("nonsense")));
    for (String pair : List.of("", "nonsense", "BTC", "BTC/", "BTC//USD", "BTC-USD-USD", "btc-usd")) {
      wrong.put("pair " + pair, with(good, sample.path("pair"), TextNode.valueOf(pair)));
    }
    wrong.put("time", with(good, sample.path("time"), TextNode.valueOf("yesterday")));
    for (JsonNode its : fixture.path("malformed")) {
      wrong.put(its.path("what").asText(), body(its, "message"));
    }
    return wrong;
  }

  /** The message with another value of a field. @param value null for none */
  private static String with(JsonNode message, JsonNode pointer, JsonNode value) {
    JsonPointer at = JsonPointer.compile(pointer.asText());
    JsonNode copy = message.deepCopy();
    ObjectNode object = (ObjectNode) copy.at(at.head());
    String field = at.last().getMatchingProperty();
    assertTrue(object.has(field), pointer.asText());
    if (value == null) {
      object.remove(field);
    } else {
      object.set(field, value);
    }
    return copy.toString();
  }

  @ParameterizedTest
  @MethodSource("exchanges")
  void aMalformedMessageIsNamedAndNothingElse(Subject subject) {
    assertAll(
        malformed(subject.fixture).entrySet().stream()
            .map(its -> () -> {
              Heard heard = new Heard();
              assertThrowsExactly(MalformedMessage.class, () -> subject.exchange.read(its.getValue(), heard), its.getKey());
              assertEquals(List.of(), heard.lines, its.getKey());
            }));
  }

  @ParameterizedTest
  @MethodSource("exchanges")
  void aMalformedTradeDoesNotKeepTheOthersOfItsMessage(Subject subject) throws IOException {
    JsonNode sample = subject.fixture.path("trade");
    assumeTrue(sample.has("rows"), "one trade a message");
    Heard good = new Heard();
    subject.exchange.read(sample.path("message").toString(), good);
    JsonNode bad = JSON.readTree(with(sample.path("message"), sample.path("price"), TextNode.valueOf("abc")));
    JsonNode both = sample.path("message").deepCopy();
    ((ArrayNode) both.at(sample.path("rows").asText())).insert(0, bad.at(sample.path("rows").asText()).path(0));
    Heard heard = new Heard();
    assertThrowsExactly(MalformedMessage.class, () -> subject.exchange.read(both.toString(), heard));
    assertEquals(good.lines, heard.lines);
  }

  // ---- Requests -------------------------------------------------------------------------------------------------------------------

  @ParameterizedTest
  @MethodSource("exchanges")
  void addressesNamePairCursorAndLimit(Subject subject) {
    Exchange exchange = subject.exchange;
    for (JsonNode its : subject.fixture.path("urls").path("trades")) {
      String cursor =
          switch (exchange.order()) {
            case BY_ID -> exchange.below(its.path("below").longValue());
            case UP_BY_ID -> exchange.fromId(its.path("fromId").longValue());
            case BY_TIME -> exchange.from(Instant.parse(its.path("from").asText()));
          };
      assertEquals(
          its.path("url").asText(), exchange.trades("http://x", Pair.parse(its.path("pair").asText()), cursor, its.path("limit").intValue()).toString());
    }
    for (JsonNode its : subject.fixture.path("urls").path("candles")) {
      Instant from = Instant.parse(its.path("from").asText());
      Instant to = Instant.parse(its.path("to").asText());
      assertEquals(its.path("url").asText(), exchange.candles("http://x", Pair.parse(its.path("pair").asText()), from, to).toString());
    }
    assertEquals(exchange.candlesOfPage() > 0, !subject.fixture.path("urls").path("candles").isEmpty());
  }

  private static void fails(JsonNode its, Executable read) {
    String what = its.path("what").asText();
    if (its.path("fails").asText().equals("malformed")) {
      assertThrowsExactly(MalformedMessage.class, read, what);
      return;
    }
    ExchangeException e = assertThrowsExactly(ExchangeException.class, read, what);
    assertEquals(its.path("fails").asText(), e.isRefused() ? "refused" : "later", what);
    assertTrue(e.getMessage().contains(its.path("reason").asText()), e.getMessage());
  }

  @ParameterizedTest
  @MethodSource("exchanges")
  void pagesSayWhatTheFixtureSays(Subject subject) {
    Pair pair = subject.pairs().get(0);
    assertAll(
        list(subject.fixture.path("history")).stream()
            .map(its -> () -> {
              if (its.has("fails")) {
                fails(its, () -> subject.exchange.readTrades(pair, body(its, "body")));
                return;
              }
              Exchange.TradePage page = subject.exchange.readTrades(pair, body(its, "body"));
              assertEquals(texts(its.path("says")), page.trades().stream().map(ExchangeContractTest::text).toList(), its.path("what").asText());
              assertEquals(its.path("next").textValue(), page.next(), its.path("what").asText());
              assertEquals(texts(its.path("refused")), page.refused().stream().map(row -> row.id() + " " + row.time()).toList(), its.path("what").asText());
              page.refused().forEach(row -> assertTrue(its.path("body").toString().contains(row.text()), row.text()));
            }));
  }

  @ParameterizedTest
  @MethodSource("exchanges")
  void candlesSayWhatTheFixtureSays(Subject subject) {
    Pair pair = subject.pairs().get(0);
    assertAll(
        list(subject.fixture.path("candles")).stream()
            .map(its -> () -> {
              if (its.has("fails")) {
                fails(its, () -> subject.exchange.readCandles(pair, body(its, "body")));
                return;
              }
              List<QuoteBar> bars = subject.exchange.readCandles(pair, body(its, "body"));
              assertEquals(texts(its.path("says")), bars.stream().map(ExchangeContractTest::text).toList(), its.path("what").asText());
            }));
  }

  // ---- Walks ----------------------------------------------------------------------------------------------------------------------

  private interface Walk {
    void go(TradeWalk walk) throws ExchangeException, InterruptedException;
  }

  private static Instant timeOf(long id) {
    // Seven trades have the same time, so that ends of pages lie among them.
    return BEGIN.plusMillis(250 * (id / 7));
  }

  private static List<MarketTrade> history(long last, LongPredicate isThere) {
    return LongStream.rangeClosed(1, last)
        .filter(isThere)
        .mapToObj(id -> new MarketTrade(BTC, id, timeOf(id), BigDecimal.valueOf(100 + id % 5), BigDecimal.ONE, MarketTrade.Side.values()[(int) (id % 2)]))
        .toList();
  }

  private static HistoryClient client(Exchange exchange, HistoryServer server) {
    return new HistoryClient(exchange, server.url() + "/", HttpClient.newHttpClient(), new FastClock(BEGIN));
  }

  /** The ids of what a walk gives, each once, in order. */
  private static List<Long> walk(Exchange exchange, HistoryServer server, Walk walk) {
    List<MarketTrade> given = new ArrayList<>();
    assertTimeoutPreemptively(LONG, () -> walk.go(new TradeWalk(client(exchange, server), BTC, given::addAll)));
    return given.stream().map(MarketTrade::id).distinct().sorted().toList();
  }

  private static List<Long> ids(long first, long last, LongPredicate isThere) {
    return LongStream.rangeClosed(first, last).filter(isThere).boxed().toList();
  }

  private static Walk range(long first, long last) {
    return walk -> walk.ids(first, last, timeOf(first - 1), timeOf(last + 1), 0);
  }

  @ParameterizedTest
  @MethodSource("exchanges")
  void walksGiveExactlyTheAskedIds(Subject subject) {
    Exchange exchange = subject.exchange;
    assumeTrue(exchange.countsIds(), "only ids that count up are asked for");
    LongPredicate all = id -> true;
    LongPredicate torn = id -> !(id >= 700 && id < 2300 || id % 100 == 5);
    for (LongPredicate isThere : List.of(all, torn)) {
      try (HistoryServer server = new HistoryServer(exchange.source(), history(3500, isThere))) {
        for (long[] each : new long[][] {{1, 3500}, {1, 1}, {3500, 3500}, {990, 1010}, {500, 2500}, {1000, 2999}, {600, 2299}, {3400, 4000}, {105, 105}}) {
          assertEquals(ids(each[0], Math.min(3500, each[1]), isThere), walk(exchange, server, range(each[0], each[1])), each[0] + " to " + each[1]);
        }
        assertTrue(server.requests() < 60, server.requests() + " requests");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("exchanges")
  void walksGiveExactlyTheAskedSpan(Subject subject) {
    Exchange exchange = subject.exchange;
    LongPredicate all = id -> true;
    LongPredicate torn = id -> !(id >= 700 && id < 2300 || id % 100 == 5);
    for (LongPredicate isThere : List.of(all, torn)) {
      try (HistoryServer server = new HistoryServer(exchange.source(), history(3500, isThere))) {
        for (long[] each : new long[][] {{0, 10_000}, {0, 1}, {500, 501}, {700, 2300}, {1000, 2000}, {3000, 3500}, {3499, 9000}, {5000, 9000}}) {
          Instant from = timeOf(each[0]);
          Instant to = timeOf(each[1]);
          List<Long> asked = ids(1, 3500, id -> isThere.test(id) && !timeOf(id).isBefore(from) && timeOf(id).isBefore(to));
          assertEquals(asked, walk(exchange, server, walk -> walk.span(from, to)), from + " to " + to);
        }
        assertTrue(server.requests() < 100, server.requests() + " requests");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("exchanges")
  void anEmptyHistoryEndsAWalk(Subject subject) {
    try (HistoryServer server = new HistoryServer(subject.exchange.source(), List.of())) {
      assertEquals(List.of(), walk(subject.exchange, server, range(10, 20)));
      assertEquals(List.of(), walk(subject.exchange, server, walk -> walk.span(BEGIN, BEGIN.plusSeconds(60))));
    }
  }

  @ParameterizedTest
  @MethodSource("exchanges")
  void aHistoryThatGoesInCirclesIsAnError(Subject subject) {
    Exchange exchange = subject.exchange;
    for (int pages = 1; pages <= 3; pages++) {
      try (HistoryServer server = new HistoryServer(exchange.source(), history(9000, id -> true))) {
        server.repeat(pages);
        TradeWalk walk = new TradeWalk(client(exchange, server), BTC, trades -> { });
        ExchangeException e =
            assertTimeoutPreemptively(LONG, () -> assertThrows(ExchangeException.class, () -> range(1, 9000).go(walk)), pages + " pages");
        assertFalse(e.isRefused());
        assertTrue(e.retryAfter().compareTo(Duration.ZERO) > 0);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("exchanges")
  void aShortPageThatRepeatsItselfIsAnError(Subject subject) {
    Exchange exchange = subject.exchange;
    // Alpaca says by itself that a page is the last one.
    assumeTrue(exchange.countsIds());
    try (HistoryServer server = new HistoryServer(exchange.source(), history(30, id -> id >= 10))) {
      server.repeat(1);
      TradeWalk walk = new TradeWalk(client(exchange, server), BTC, trades -> { });
      assertTimeoutPreemptively(LONG, () -> assertThrows(ExchangeException.class, () -> range(1, 40).go(walk)));
    }
  }

  @ParameterizedTest
  @MethodSource("exchanges")
  void answersOfServersInTroubleAreTold(Subject subject) {
    Exchange exchange = subject.exchange;
    try (HistoryServer server = new HistoryServer(exchange.source(), history(10, id -> true))) {
      Walk from = walk -> walk.span(BEGIN, BEGIN.plusSeconds(60));
      server.fail(429, "7");
      ExchangeException busy = assertThrows(ExchangeException.class, () -> from.go(new TradeWalk(client(exchange, server), BTC, trades -> { })));
      assertFalse(busy.isRefused());
      assertEquals(Duration.ofSeconds(7), busy.retryAfter());
      server.fail(500, null);
      ExchangeException broken = assertThrows(ExchangeException.class, () -> from.go(new TradeWalk(client(exchange, server), BTC, trades -> { })));
      assertFalse(broken.isRefused());
      assertEquals(Duration.ZERO, broken.retryAfter());
      server.fail(404, null);
      ExchangeException unknown = assertThrows(ExchangeException.class, () -> from.go(new TradeWalk(client(exchange, server), BTC, trades -> { })));
      assertTrue(unknown.isRefused());
      assertTrue(unknown.getMessage().contains("404"), unknown.getMessage());
      assertEquals(ids(1, 10, id -> true), walk(exchange, server, from));
    }
  }

  @ParameterizedTest
  @MethodSource("exchanges")
  void aServerThatIsGoneIsAskedLater(Subject subject) {
    HistoryServer server = new HistoryServer(subject.exchange.source(), List.of());
    HistoryClient client = client(subject.exchange, server);
    server.close();
    ExchangeException e = assertThrows(ExchangeException.class, () -> client.trades(BTC, "1", 1));
    assertFalse(e.isRefused());
  }
}
