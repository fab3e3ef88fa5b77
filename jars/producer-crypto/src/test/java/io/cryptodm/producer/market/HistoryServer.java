package io.cryptodm.producer.market;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.cryptodm.contracts.MarketTrade;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Serves trades in memory in the wire form of an exchange's history. */
final class HistoryServer implements AutoCloseable {
  private final HttpServer server;
  private final Form form;
  private final Deque<Answer> next = new ArrayDeque<>();
  private final List<Answer> circle = new ArrayList<>();
  private final Map<Long, String> garbled = new HashMap<>();
  private int requests;

  private record Answer(int status, String retryAfter, String body) {}

  /** The page that an exchange gives for a request. */
  interface Form {
    String page(Map<String, String> query);
  }

  /** @param source of the exchange. @param trades in the order of their times */
  HistoryServer(String source, List<MarketTrade> trades) {
    form =
        switch (source) {
          case "coinbase" -> query -> coinbase(query, trades);
          case "kraken" -> query -> kraken(query, trades);
          case "alpaca-stream" -> query -> alpaca(query, trades);
          case "binance" -> query -> binance(query, trades);
          default -> throw new IllegalArgumentException(source);
        };
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/", this::answer);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  synchronized int requests() {
    return requests;
  }

  /** Answers the next request with this instead. @param retryAfter null for none */
  synchronized void fail(int status, String retryAfter) {
    next.add(new Answer(status, retryAfter, "{\"message\":\"no\"}"));
  }

  /** Gives this to the next request instead. */
  synchronized void say(String body) {
    next.add(new Answer(200, null, body));
  }

  /** Gives another row for a trade, in the form of Coinbase. @param row null for the right one */
  synchronized void garble(long id, String row) {
    garbled.put(id, row);
  }

  private synchronized String row(long id, String right) {
    String wrong = garbled.get(id);
    return wrong == null ? right : wrong;
  }

  /** Gives the first pages again and again from now on, whatever is asked for. */
  synchronized void repeat(int pages) {
    for (int i = 0; i < pages; i++) {
      circle.add(null);
    }
  }

  private synchronized void answer(HttpExchange http) throws IOException {
    Answer answer = next.poll();
    if (answer == null) {
      answer = circle.isEmpty() ? page(http) : circle.get(requests % circle.size());
    }
    if (answer == null) {
      answer = page(http);
      circle.set(requests % circle.size(), answer);
    }
    requests++;
    if (answer.retryAfter != null) {
      http.getResponseHeaders().add("Retry-After", answer.retryAfter);
    }
    byte[] body = answer.body.getBytes(StandardCharsets.UTF_8);
    http.sendResponseHeaders(answer.status, body.length);
    http.getResponseBody().write(body);
    http.close();
  }

  private Answer page(HttpExchange http) {
    Map<String, String> query = new HashMap<>();
    for (String part : http.getRequestURI().getRawQuery().split("&")) {
      int equals = part.indexOf('=');
      query.put(part.substring(0, equals), URLDecoder.decode(part.substring(equals + 1), StandardCharsets.UTF_8));
    }
    return new Answer(200, null, form.page(query));
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private static String list(Stream<String> rows) {
    return rows.collect(Collectors.joining(",", "[", "]"));
  }

  private static List<MarketTrade> some(List<MarketTrade> trades, Predicate<MarketTrade> which, String limit) {
    return trades.stream().filter(which).limit(Integer.parseInt(limit)).toList();
  }

  /** Newest first, below an id. */
  private String coinbase(Map<String, String> query, List<MarketTrade> trades) {
    List<MarketTrade> down = new ArrayList<>(trades);
    Collections.reverse(down);
    long after = Long.parseLong(query.getOrDefault("after", Long.toString(Long.MAX_VALUE)));
    return list(
        some(down, trade -> trade.id() < after, query.get("limit")).stream()
            .map(trade -> row(trade.id(), "{\"trade_id\":%d,\"side\":\"%s\",\"size\":\"%s\",\"price\":\"%s\",\"time\":\"%s\"}"
                .formatted(trade.id(), trade.side().opposite().wire(), trade.quantity(), trade.price(), trade.time()))));
  }

  /** Oldest first, from an id on; the newest ones without one. */
  private static String binance(Map<String, String> query, List<MarketTrade> trades) {
    int newest = Math.max(0, trades.size() - Integer.parseInt(query.get("limit")));
    long from = query.containsKey("fromId") ? Long.parseLong(query.get("fromId")) : trades.isEmpty() ? 0 : trades.get(newest).id();
    return list(
        some(trades, trade -> trade.id() >= from, query.get("limit")).stream()
            .map(trade -> "{\"id\":%d,\"price\":\"%s\",\"qty\":\"%s\",\"time\":%d,\"isBuyerMaker\":%s}"
                .formatted(
                    trade.id(), trade.price(), trade.quantity(), trade.time().toEpochMilli(), trade.side() == MarketTrade.Side.SELL)));
  }

  private static long nanos(Instant time) {
    return time.getEpochSecond() * 1_000_000_000 + time.getNano();
  }

  /** Oldest first, after a nanosecond. */
  private static String kraken(Map<String, String> query, List<MarketTrade> trades) {
    long since = Long.parseLong(query.get("since"));
    List<MarketTrade> page = some(trades, trade -> nanos(trade.time()) > since, query.get("count"));
    String rows =
        list(
            page.stream()
                .map(trade -> "[\"%s\",\"%s\",%s,\"%s\",\"l\",\"\",%d]"
                    .formatted(
                        trade.price(), trade.quantity(), BigDecimal.valueOf(nanos(trade.time()), 9), trade.side().wire().substring(0, 1), trade.id())));
    long last = page.isEmpty() ? since : nanos(page.get(page.size() - 1).time());
    return "{\"error\":[],\"result\":{\"XXBTZUSD\":" + rows + ",\"last\":\"" + last + "\"}}";
  }

  /** Oldest first, from a time on. */
  private static String alpaca(Map<String, String> query, List<MarketTrade> trades) {
    Instant start = Instant.parse(query.get("start"));
    Predicate<MarketTrade> which = trade -> !trade.time().isBefore(start);
    List<MarketTrade> page = some(trades, which, query.get("limit"));
    String rows =
        list(
            page.stream()
                .map(trade -> "{\"t\":\"%s\",\"p\":%s,\"s\":%s,\"tks\":\"%s\",\"i\":%d}"
                    .formatted(trade.time(), trade.price(), trade.quantity(), trade.side() == MarketTrade.Side.BUY ? "B" : "S", trade.id())));
    String token = trades.stream().filter(which).count() > page.size() ? "\"more\"" : "null";
    return "{\"next_page_token\":" + token + ",\"trades\":{\"" + query.get("symbols") + "\":" + rows + "}}";
  }
}
