package io.cryptodm.producer.market;

import com.fasterxml.jackson.databind.JsonNode;
import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.Sources;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Coinbase Exchange ({@code https://docs.cdp.coinbase.com/exchange/websocket-feed/channels}): {@code matches} and {@code heartbeat}, for which no key is
 * needed. The ids of a product's trades count up by one; its heartbeat names the last one each second.
 */
final class CoinbaseExchange implements Exchange {
  /** 10 requests a second are allowed; a page has 1,000 trades. */
  private static final Duration PACE = Duration.ofMillis(150);

  @Override
  public String source() {
    return Sources.COINBASE;
  }

  @Override
  public String title() {
    return "Coinbase";
  }

  @Override
  public boolean countsIds() {
    return true;
  }

  @Override
  public List<String> subscriptions(Collection<Pair> pairs) {
    String products = pairs.stream().map(pair -> '"' + product(pair) + '"').collect(Collectors.joining(","));
    return List.of("{\"type\":\"subscribe\",\"product_ids\":[" + products + "],\"channels\":[\"matches\",\"heartbeat\"]}");
  }

  private static String product(Pair pair) {
    return pair.base() + "-" + pair.quote();
  }

  @Override
  public Duration silence() {
    return Duration.ofSeconds(5);
  }

  @Override
  public void read(String message, Listener listener) {
    JsonNode json = Messages.parse(message);
    switch (Messages.textOr(json, "type")) {
      case "match", "last_match" -> listener.trade(trade(Messages.pair(Messages.text(json, "product_id"), '-'), json));
      case "heartbeat" -> listener.heartbeat(
          Messages.pair(Messages.text(json, "product_id"), '-'), Messages.wholeOf(json, "last_trade_id"), Messages.time(json, "time"));
      case "subscriptions" -> { }
      case "error" -> {
        String reason = (Messages.textOr(json, "message") + ": " + Messages.textOr(json, "reason")).replaceAll(": $", "");
        listener.refused(productIn(reason), reason);
      }
      default -> throw new MalformedMessage("unknown type " + json.path("type"));
    }
  }

  /** The product that an error names, such as {@code ABC-USD is not a valid product}; null for none. */
  private static Pair productIn(String reason) {
    for (String word : reason.split("[^A-Z0-9-]+")) {
      String[] sides = word.split("-");
      if (sides.length == 2 && Pair.isSymbol(sides[0]) && Pair.isSymbol(sides[1])) {
        return new Pair(sides[0], sides[1]);
      }
    }
    return null;
  }

  private static MarketTrade trade(Pair pair, JsonNode json) {
    // "side" is the maker's: "sell" is an offer that somebody bought.
    MarketTrade.Side maker =
        switch (Messages.text(json, "side")) {
          case "buy" -> MarketTrade.Side.BUY;
          case "sell" -> MarketTrade.Side.SELL;
          default -> throw new MalformedMessage("'side' must be buy or sell but is " + json.path("side"));
        };
    return Messages.trade(
        pair, Messages.wholeOf(json, "trade_id"), Messages.time(json, "time"), Messages.decimal(json.path("price"), "price"),
        Messages.decimal(json.path("size"), "size"), maker.opposite());
  }

  @Override
  public Order order() {
    return Order.BY_ID;
  }

  @Override
  public Duration pace() {
    return PACE;
  }

  @Override
  public int pageSize() {
    return 1000;
  }

  @Override
  public URI trades(String url, Pair pair, String cursor, int limit) {
    String below = cursor.equals(below(Long.MAX_VALUE)) ? "" : "&after=" + cursor;
    return URI.create(url + "/products/" + product(pair) + "/trades?limit=" + limit + below);
  }

  @Override
  public TradePage readTrades(Pair pair, String body) throws ExchangeException {
    PageRows rows = PageRows.read(array(body), row -> trade(pair, row), row -> Messages.wholeOf(row, "trade_id"), row -> Messages.time(row, "time"));
    // The ids are the cursor: the header CB-AFTER says the same.
    return rows.page(rows.lastId() == null ? null : Long.toString(rows.lastId()));
  }

  private static JsonNode array(String body) throws ExchangeException {
    JsonNode json = Messages.parse(body);
    if (!json.isArray()) {
      throw ExchangeException.later("Coinbase answers " + Messages.textOr(json, "message") + " instead of a list", Duration.ZERO);
    }
    return json;
  }

  @Override
  public int candlesOfPage() {
    return 300;
  }

  @Override
  public URI candles(String url, Pair pair, Instant from, Instant to) {
    // Both ends are inclusive.
    return URI.create(url + "/products/" + product(pair) + "/candles?granularity=60&start=" + from + "&end=" + to.minusSeconds(60));
  }

  /** Rows are {@code [time, low, high, open, close, volume]}, time in seconds. */
  @Override
  public List<QuoteBar> readCandles(Pair pair, String body) throws ExchangeException {
    List<QuoteBar> bars = new ArrayList<>();
    for (JsonNode row : array(body)) {
      bars.add(
          Candles.bar(
              pair, Messages.second(row.path(0), "time"), row.path(3), row.path(2), row.path(1), row.path(4), row.path(5), null,
              null));
    }
    return bars;
  }
}
