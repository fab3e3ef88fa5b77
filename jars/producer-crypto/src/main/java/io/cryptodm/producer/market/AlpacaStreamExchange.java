package io.cryptodm.producer.market;

import com.fasterxml.jackson.databind.JsonNode;
import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.Sources;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Alpaca's stream of crypto trades ({@code https://docs.alpaca.markets/docs/real-time-crypto-pricing-data}), for which a key is needed. Ids are neither in
 * a row nor in order, so nothing proves that none is missing; after a break the history is asked for the time between.
 */
final class AlpacaStreamExchange implements Exchange {
  private final String keyId;
  private final String secretKey;

  /** @param keyId null for none. @param secretKey null for none */
  AlpacaStreamExchange(String keyId, String secretKey) {
    this.keyId = keyId;
    this.secretKey = secretKey;
  }

  @Override
  public String source() {
    return Sources.ALPACA_STREAM;
  }

  @Override
  public String title() {
    return "Alpaca's stream";
  }

  @Override
  public boolean countsIds() {
    return false;
  }

  @Override
  public Map<String, String> headers() {
    return keyId == null || secretKey == null ? Map.of() : Map.of("APCA-API-KEY-ID", keyId, "APCA-API-SECRET-KEY", secretKey);
  }

  @Override
  public boolean speaksFirst() {
    return true;
  }

  @Override
  public List<String> subscriptions(Collection<Pair> pairs) {
    String symbols = pairs.stream().map(pair -> "\"" + pair + '"').collect(Collectors.joining(","));
    return List.of("{\"action\":\"subscribe\",\"trades\":[" + symbols + "]}");
  }

  /** It has no heartbeat, and a pair may be idle for minutes. */
  @Override
  public Duration silence() {
    return Duration.ofMinutes(5);
  }

  @Override
  public void read(String message, Listener listener) {
    Messages.each(Messages.rows(Messages.parse(message), "message"), json -> readOne(json, listener));
  }

  private static void readOne(JsonNode json, Listener listener) {
    switch (Messages.textOr(json, "T")) {
      case "t" -> listener.trade(trade(Messages.pair(Messages.text(json, "S"), '/'), json));
      case "success" -> {
        if (Messages.textOr(json, "msg").equals("authenticated")) {
          listener.ready();
        }
      }
      case "error" -> listener.failed(json.path("code").asText() + ": " + Messages.textOr(json, "msg"));
      case "subscription", "b", "u", "d", "q", "o" -> { }
      default -> throw new MalformedMessage("unknown type " + json.path("T"));
    }
  }

  private static MarketTrade trade(Pair pair, JsonNode json) {
    MarketTrade.Side side =
        switch (Messages.textOr(json, "tks")) {
          case "B" -> MarketTrade.Side.BUY;
          case "S" -> MarketTrade.Side.SELL;
          default -> null;
        };
    return Messages.trade(
        pair, Messages.wholeOf(json, "i"), Messages.time(json, "t"), Messages.decimal(json.path("p"), "p"), Messages.decimal(json.path("s"), "s"), side);
  }

  @Override
  public Order order() {
    return Order.BY_TIME;
  }

  @Override
  public Duration pace() {
    return Duration.ofMillis(350);
  }

  @Override
  public int pageSize() {
    return 1000;
  }

  @Override
  public URI trades(String url, Pair pair, String cursor, int limit) {
    return URI.create(
        url + "/v1beta3/crypto/us/trades?symbols=" + URLEncoder.encode(pair.toString(), StandardCharsets.UTF_8) + "&limit=" + limit + "&start=" + cursor);
  }

  /** The next page begins at the time of the last trade: repeats do no harm, and a token would need the whole request again. */
  @Override
  public TradePage readTrades(Pair pair, String body) throws ExchangeException {
    JsonNode json = Messages.parse(body);
    if (!json.isObject()) {
      throw new MalformedMessage("the answer is no object");
    }
    if (!json.has("trades")) {
      // Taken for an empty page, an error would say that nobody traded.
      throw ExchangeException.later("Alpaca answers " + Messages.textOr(json, "message") + " instead of trades", Duration.ZERO);
    }
    JsonNode found = json.path("trades").path(pair.toString());
    if (found.isMissingNode()) {
      return new TradePage(List.of(), null);
    }
    PageRows rows = PageRows.read(Messages.rows(found, pair.toString()), row -> trade(pair, row), row -> Messages.wholeOf(row, "i"), row -> Messages.time(row, "t"));
    boolean isLast = rows.isEmpty() || Messages.textOr(json, "next_page_token").isEmpty();
    if (!isLast && rows.lastTime() == null) {
      throw new MalformedMessage("no row has a time, so that nothing tells where the next page begins");
    }
    return rows.page(isLast ? null : from(rows.lastTime()));
  }

  @Override
  public int candlesOfPage() {
    return 0;
  }

  @Override
  public URI candles(String url, Pair pair, Instant from, Instant to) {
    throw new UnsupportedOperationException("Alpaca's bars have a source of their own");
  }

  @Override
  public List<QuoteBar> readCandles(Pair pair, String body) {
    throw new UnsupportedOperationException("Alpaca's bars have a source of their own");
  }
}
