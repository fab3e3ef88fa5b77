package io.cryptodm.producer.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.net.httpserver.HttpServer;
import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import io.cryptodm.producer.FakeClock;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TradeWalkTest {
  private static final Pair BTC = Pair.parse("BTC/USD");
  private static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");

  /** Seconds after noon of trades, by their ids from 1 on. */
  private final List<Integer> seconds = new ArrayList<>();
  private final TreeSet<Long> given = new TreeSet<>();
  /** ids of rows that can't be read */
  private LongPredicate garbled = id -> false;
  private HttpServer server;

  @BeforeEach
  void listen() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String query = exchange.getRequestURI().getQuery();
          byte[] body = (query.contains("since") ? kraken(number(query, "since")) : coinbase(query)).getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void close() {
    server.stop(0);
  }

  private static long number(String query, String name) {
    Matcher found = Pattern.compile(name + "=(\\d+)").matcher(query);
    return found.find() ? Long.parseLong(found.group(1)) : Long.MAX_VALUE;
  }

  /** Newest id first. */
  private String coinbase(String query) {
    StringBuilder rows = new StringBuilder();
    long from = Math.min(seconds.size(), number(query, "after") - 1);
    for (long id = from; id > Math.max(0, from - number(query, "limit")); id--) {
      rows.append(rows.isEmpty() ? "" : ",").append("{\"time\":\"").append(time(id)).append("\",\"trade_id\":").append(id);
      rows.append(garbled.test(id) ? "}" : ",\"price\":\"1\",\"size\":\"1\",\"side\":\"buy\"}");
    }
    return "[" + rows + "]";
  }

  /** Oldest time first. */
  private String kraken(long since) {
    List<Long> ids = new ArrayList<>();
    for (long id = 1; id <= seconds.size(); id++) {
      if (nanos(id) > since) {
        ids.add(id);
      }
    }
    ids.sort(Comparator.comparing(this::nanos));
    List<Long> page = ids.subList(0, Math.min(1000, ids.size()));
    long last = page.isEmpty() ? since : nanos(page.get(page.size() - 1));
    String rows = page.stream()
        .map(id -> "[\"1\",\"1\"," + time(id).getEpochSecond() + "." + String.format("%06d", id) + ",\"b\",\"l\",\"\"," + id + "]")
        .collect(Collectors.joining(","));
    return "{\"error\":[],\"result\":{\"XXBTZUSD\":[" + rows + "],\"last\":\"" + last + "\"}}";
  }

  private Instant time(long id) {
    return NOON.plusSeconds(seconds.get((int) id - 1));
  }

  private long nanos(long id) {
    return time(id).getEpochSecond() * 1_000_000_000 + id * 1000;
  }

  private TradeWalk walk(Exchange exchange) {
    return new TradeWalk(client(exchange), BTC, trades -> trades.stream().map(MarketTrade::id).forEach(given::add));
  }

  private HistoryClient client(Exchange exchange) {
    String url = "http://127.0.0.1:" + server.getAddress().getPort();
    return new HistoryClient(exchange, url, HttpClient.newHttpClient(), new FakeClock(NOON.plusSeconds(3600), 1000));
  }

  /** Twenty trades a second, from a second to before another. */
  private void trade(int from, int to) {
    for (int second = from; second < to; second++) {
      for (int i = 0; i < 20; i++) {
        seconds.add(second);
      }
    }
  }

  @Test
  void aLateTradeDoesNotEndTheWalkThroughItsMinute() throws Exception {
    trade(-90, 50);
    seconds.add(-60);
    trade(50, 130);
    walk(new CoinbaseExchange()).span(NOON, NOON.plusSeconds(60));
    assertEquals(60 * 20, given.size());
  }

  @Test
  void aMinuteHasTheTradesThatWereNamedLate() throws Exception {
    trade(-10, 100);
    seconds.add(30);
    long late = seconds.size();
    trade(100, 160);
    walk(new CoinbaseExchange()).span(NOON, NOON.plusSeconds(60));
    assertEquals(60 * 20 + 1, given.size());
    assertEquals(late, given.last());
  }

  @Test
  void rowsThatCannotBeReadCostNoOther() throws Exception {
    trade(-90, 160);
    garbled = id -> id % 3 == 0 || id > 2000 && id < 3200;
    TreeSet<Long> refused = new TreeSet<>();
    new TradeWalk(client(new CoinbaseExchange()), BTC, trades -> trades.stream().map(MarketTrade::id).forEach(given::add), row -> refused.add(row.id()))
        .span(NOON, NOON.plusSeconds(60));
    List<Long> asked = LongStream.rangeClosed(90 * 20 + 1, 150 * 20).boxed().toList();
    assertEquals(asked.stream().filter(id -> !garbled.test(id)).toList(), List.copyOf(given));
    assertEquals(asked.stream().filter(garbled::test).toList(), List.copyOf(refused));
  }

  @Test
  void aRowThatCannotBeReadEndsAWalkThatHasNoWordForIt() {
    trade(0, 10);
    garbled = id -> id == 100;
    ExchangeException e =
        assertThrows(ExchangeException.class, () -> walk(new CoinbaseExchange()).ids(90, 110, NOON, NOON.plusSeconds(10), 0));
    assertFalse(e.isRefused());
  }

  @Test
  void aLateTradeIsFoundInAHistoryByTimeWhenItIsAskedForAgain() throws Exception {
    trade(-90, 60);
    seconds.add(20);
    long late = seconds.size();
    trade(60, 62);
    walk(new KrakenExchange()).ids(late, late, NOON.plusSeconds(59), NOON.plusSeconds(60), 0);
    assertEquals(0, given.size());
    walk(new KrakenExchange()).ids(late, late, NOON.plusSeconds(59), NOON.plusSeconds(60), 1);
    assertEquals(late, given.first());
  }
}
