package io.cryptodm.producer.market;

import com.fasterxml.jackson.databind.JsonNode;
import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Binance's stream of trades ({@code https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams}, {@code wss://stream.binance.com:9443/ws})
 * and its REST history: the proof that an exchange is one class and one fixture. Its names of pairs have no separator, its history goes up by id.
 */
final class BinanceExchange implements Exchange {
  /** What pairs are priced in, longer names first. */
  private static final List<String> QUOTES = List.of("FDUSD", "USDT", "USDC", "TUSD", "BTC", "ETH", "BNB", "EUR", "TRY");

  @Override
  public String source() {
    return "binance";
  }

  @Override
  public String title() {
    return "Binance";
  }

  @Override
  public boolean countsIds() {
    return true;
  }

  @Override
  public List<String> subscriptions(Collection<Pair> pairs) {
    String streams = pairs.stream().map(pair -> '"' + symbol(pair).toLowerCase(Locale.ROOT) + "@trade\"").collect(Collectors.joining(","));
    return List.of("{\"method\":\"SUBSCRIBE\",\"params\":[" + streams + "],\"id\":1}");
  }

  private static String symbol(Pair pair) {
    return pair.base() + pair.quote();
  }

  private static Pair pair(String symbol) {
    for (String quote : QUOTES) {
      if (symbol.endsWith(quote)) {
        return Messages.pair(symbol.substring(0, symbol.length() - quote.length()) + '/' + quote, '/');
      }
    }
    throw new MalformedMessage("'" + symbol + "' ends with no known currency");
  }

  /** It has no heartbeat, and a pair may be idle for minutes. */
  @Override
  public Duration silence() {
    return Duration.ofMinutes(5);
  }

  @Override
  public void read(String message, Listener listener) {
    JsonNode json = Messages.parse(message);
    if (json.has("error")) {
      listener.refused(null, Messages.textOr(json.path("error"), "msg"));
      return;
    }
    if (json.has("result")) {
      return;
    }
    switch (Messages.textOr(json, "e")) {
      case "trade" -> listener.trade(trade(pair(Messages.text(json, "s")), json, "t", "T", "p", "q", "m"));
      case "serverShutdown" -> listener.failed("it shuts down");
      default -> throw new MalformedMessage("unknown event " + json.path("e"));
    }
  }

  /** The stream and the history name the same fields differently. */
  private static MarketTrade trade(Pair pair, JsonNode json, String id, String time, String price, String quantity, String maker) {
    if (!json.path(maker).isBoolean()) {
      throw new MalformedMessage("'" + maker + "' must be true or false but is " + json.path(maker));
    }
    // Where the buyer had made the offer, the taker sold.
    MarketTrade.Side side = json.path(maker).booleanValue() ? MarketTrade.Side.SELL : MarketTrade.Side.BUY;
    return Messages.trade(
        pair, Messages.wholeOf(json, id), Instant.ofEpochMilli(Messages.wholeOf(json, time)), Messages.decimal(json.path(price), price),
        Messages.decimal(json.path(quantity), quantity), side);
  }

  @Override
  public Order order() {
    return Order.UP_BY_ID;
  }

  /** A request costs 25 of 6,000 a minute. */
  @Override
  public Duration pace() {
    return Duration.ofMillis(300);
  }

  @Override
  public int pageSize() {
    return 1000;
  }

  @Override
  public URI trades(String url, Pair pair, String cursor, int limit) {
    String from = cursor.equals(fromId(Long.MAX_VALUE)) ? "" : "&fromId=" + cursor;
    return URI.create(url + "/api/v3/historicalTrades?symbol=" + symbol(pair) + from + "&limit=" + limit);
  }

  @Override
  public TradePage readTrades(Pair pair, String body) throws ExchangeException {
    PageRows rows =
        PageRows.read(
            array(body), row -> trade(pair, row, "id", "time", "price", "qty", "isBuyerMaker"), row -> Messages.wholeOf(row, "id"),
            row -> Instant.ofEpochMilli(Messages.wholeOf(row, "time")));
    return rows.page(rows.lastId() == null ? null : fromId(rows.lastId() + 1));
  }

  private static JsonNode array(String body) throws ExchangeException {
    JsonNode json = Messages.parse(body);
    if (!json.isArray()) {
      throw ExchangeException.later("Binance answers " + Messages.textOr(json, "msg") + " instead of a list", Duration.ZERO);
    }
    return json;
  }

  @Override
  public int candlesOfPage() {
    return 1000;
  }

  /** Both ends are inclusive, in milliseconds. */
  @Override
  public URI candles(String url, Pair pair, Instant from, Instant to) {
    return URI.create(
        url + "/api/v3/klines?symbol=" + symbol(pair) + "&interval=1m&startTime=" + from.toEpochMilli() + "&endTime=" + (to.toEpochMilli() - 1)
            + "&limit=1000");
  }

  /** Rows are {@code [time, open, high, low, close, volume, end, quote volume, count, ...]}; a minute without a trade has one, too, with count 0. */
  @Override
  public List<QuoteBar> readCandles(Pair pair, String body) throws ExchangeException {
    List<QuoteBar> bars = new ArrayList<>();
    for (JsonNode row : array(body)) {
      long count = Messages.whole(row.path(8), "count");
      if (count > 0) {
        Instant start = Instant.ofEpochMilli(Messages.whole(row.path(0), "time"));
        bars.add(Candles.bar(pair, start, row.path(1), row.path(2), row.path(3), row.path(4), row.path(5), null, count));
      }
    }
    return bars;
  }
}
