package io.cryptodm.producer.market;

import com.fasterxml.jackson.databind.JsonNode;
import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.Sources;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * Kraken's WebSocket v2 ({@code https://docs.kraken.com/api/docs/websocket-v2/trade}) and its REST history; no key is needed. The ids of a book's trades
 * count up by one. Its heartbeat says neither id nor time.
 */
final class KrakenExchange implements Exchange {
  private static final BigDecimal NANOS = BigDecimal.valueOf(1_000_000_000L);
  private static final Set<String> METHODS = Set.of("subscribe", "unsubscribe", "ping", "pong");

  @Override
  public String source() {
    return Sources.KRAKEN;
  }

  @Override
  public String title() {
    return "Kraken";
  }

  @Override
  public boolean countsIds() {
    return true;
  }

  /** One request a pair, so that a refused one does not keep the others. */
  @Override
  public List<String> subscriptions(Collection<Pair> pairs) {
    return pairs.stream()
        .map(pair -> "{\"method\":\"subscribe\",\"params\":{\"channel\":\"trade\",\"symbol\":[\"" + pair + "\"],\"snapshot\":true}}")
        .toList();
  }

  @Override
  public Duration silence() {
    return Duration.ofSeconds(5);
  }

  @Override
  public void read(String message, Listener listener) {
    JsonNode json = Messages.parse(message);
    if (json.has("method")) {
      String method = Messages.text(json, "method");
      if (!METHODS.contains(method)) {
        throw new MalformedMessage("unknown method " + method);
      }
      if (json.path("success").isBoolean() && !json.path("success").booleanValue()) {
        String symbol = Messages.textOr(json, "symbol");
        listener.refused(symbol.isEmpty() ? null : Messages.pair(symbol, '/'), Messages.textOr(json, "error"));
      }
      return;
    }
    switch (Messages.textOr(json, "channel")) {
      case "trade" -> Messages.each(Messages.rows(json.path("data"), "data"), row -> listener.trade(trade(row)));
      case "heartbeat" -> listener.heartbeat(null, 0, null);
      case "status" -> { }
      default -> {
        if (!json.has("error")) {
          throw new MalformedMessage("unknown channel " + json.path("channel"));
        }
        listener.failed(Messages.textOr(json, "error"));
      }
    }
  }

  private static MarketTrade trade(JsonNode row) {
    MarketTrade.Side side =
        switch (Messages.text(row, "side")) {
          case "buy" -> MarketTrade.Side.BUY;
          case "sell" -> MarketTrade.Side.SELL;
          default -> throw new MalformedMessage("'side' must be buy or sell but is " + row.path("side"));
        };
    return Messages.trade(
        Messages.pair(Messages.text(row, "symbol"), '/'), Messages.wholeOf(row, "trade_id"), Messages.time(row, "timestamp"),
        Messages.decimal(row.path("price"), "price"), Messages.decimal(row.path("qty"), "qty"), side);
  }

  @Override
  public Order order() {
    return Order.BY_TIME;
  }

  @Override
  public Duration pace() {
    return Duration.ofMillis(1100);
  }

  @Override
  public int pageSize() {
    return 1000;
  }

  /** {@code since} is exclusive, in nanoseconds. */
  @Override
  public String from(Instant time) {
    return Long.toString(Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000_000L), time.getNano()) - 1);
  }

  @Override
  public URI trades(String url, Pair pair, String cursor, int limit) {
    return URI.create(url + "/0/public/Trades?pair=" + encoded(pair) + "&since=" + cursor + "&count=" + limit);
  }

  private static String encoded(Pair pair) {
    return URLEncoder.encode(pair.toString(), StandardCharsets.UTF_8);
  }

  /** Rows are {@code [price, volume, time in seconds, "b" or "s" of the taker, type, miscellaneous, trade_id]}, oldest first. */
  @Override
  public TradePage readTrades(Pair pair, String body) throws ExchangeException {
    JsonNode result = result(body);
    PageRows rows = PageRows.read(rows(result), row -> past(pair, row), KrakenExchange::id, KrakenExchange::time);
    return rows.page(rows.isEmpty() ? null : next(Messages.text(result, "last")));
  }

  private static MarketTrade past(Pair pair, JsonNode row) {
    MarketTrade.Side side =
        switch (row.path(3).asText()) {
          case "b" -> MarketTrade.Side.BUY;
          case "s" -> MarketTrade.Side.SELL;
          default -> throw new MalformedMessage("'side' must be b or s but is " + row.path(3));
        };
    return Messages.trade(pair, id(row), time(row), Messages.decimal(row.path(0), "price"), Messages.decimal(row.path(1), "volume"), side);
  }

  private static long id(JsonNode row) {
    return Messages.whole(row.path(6), "trade_id");
  }

  /** "last" is the nanosecond of the last trade, and the next page would begin after it, although more trades may have the same one. */
  private static String next(String last) {
    try {
      return Long.toString(Long.parseLong(last) - 1);
    } catch (NumberFormatException e) {
      throw new MalformedMessage("'last' must be a whole number but is " + last);
    }
  }

  private static Instant time(JsonNode row) {
    BigDecimal seconds = Messages.decimal(row.path(2), "time");
    try {
      return Instant.ofEpochSecond(0, seconds.multiply(NANOS).setScale(0, RoundingMode.FLOOR).longValueExact());
    } catch (ArithmeticException e) {
      throw new MalformedMessage("'time' must be a time but is " + seconds);
    }
  }

  private static JsonNode result(String body) throws ExchangeException {
    JsonNode json = Messages.parse(body);
    JsonNode error = json.path("error").path(0);
    if (error.isTextual()) {
      String reason = "Kraken answers " + error.textValue();
      // Errors come with status 200; these are about the request itself.
      boolean isRefused = error.textValue().startsWith("EQuery") || error.textValue().startsWith("EGeneral:Invalid arguments");
      throw isRefused ? ExchangeException.refused(reason) : ExchangeException.later(reason, Duration.ofSeconds(2));
    }
    return json.path("result");
  }

  /** The rows stand under the exchange's own name of the pair. */
  private static JsonNode rows(JsonNode result) {
    for (JsonNode value : result) {
      if (value.isArray()) {
        return value;
      }
    }
    throw new MalformedMessage("the answer has no rows");
  }

  @Override
  public int candlesOfPage() {
    return 720;
  }

  @Override
  public URI candles(String url, Pair pair, Instant from, Instant to) {
    return URI.create(url + "/0/public/OHLC?pair=" + encoded(pair) + "&interval=1&since=" + (from.getEpochSecond() - 60));
  }

  /** Rows are {@code [time, open, high, low, close, vwap, volume, count]}; a minute without a trade has one, too, with count 0. */
  @Override
  public List<QuoteBar> readCandles(Pair pair, String body) throws ExchangeException {
    List<QuoteBar> bars = new ArrayList<>();
    for (JsonNode row : rows(result(body))) {
      long count = Messages.whole(row.path(7), "count");
      if (count > 0) {
        bars.add(
            Candles.bar(
                pair, Messages.second(row.path(0), "time"), row.path(1), row.path(2), row.path(3), row.path(4), row.path(6),
                row.path(5), count));
      }
    }
    return bars;
  }
}
