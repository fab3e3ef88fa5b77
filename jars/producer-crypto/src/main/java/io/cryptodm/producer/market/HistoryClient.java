package io.cryptodm.producer.market;

import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.producer.Clock;
import io.cryptodm.producer.RetryAfter;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Asks the history of an exchange, one request after the other and no faster than it allows. For one thread. */
final class HistoryClient implements TradePages {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int SHOWN = 200;

  /** When somebody may have changed keys or permissions. */
  private static final Duration DENIED_AGAIN = Duration.ofMinutes(5);

  private final Exchange exchange;
  private final String url;
  private final HttpClient http;
  private final Clock time;
  private final Duration pace;
  private long notBefore;

  HistoryClient(Exchange exchange, String url, HttpClient http, Clock time) {
    this(exchange, url, http, time, exchange.pace());
  }

  /** @param pace the shortest time between two requests */
  HistoryClient(Exchange exchange, String url, HttpClient http, Clock time, Duration pace) {
    this.exchange = exchange;
    this.url = url.replaceAll("/+$", "");
    this.http = http;
    this.time = time;
    this.pace = pace;
    this.notBefore = time.nanos();
  }

  @Override
  public Exchange exchange() {
    return exchange;
  }

  @Override
  public Exchange.TradePage trades(Pair pair, String cursor, int limit) throws ExchangeException, InterruptedException {
    String body = get(exchange.trades(url, pair, cursor, limit));
    try {
      return exchange.readTrades(pair, body);
    } catch (MalformedMessage e) {
      throw ExchangeException.malformed("the history of " + exchange.title() + " is malformed: " + e.getMessage());
    }
  }

  /** @param to exclusive */
  List<QuoteBar> candles(Pair pair, Instant from, Instant to) throws ExchangeException, InterruptedException {
    String body = get(exchange.candles(url, pair, from, to));
    try {
      return exchange.readCandles(pair, body);
    } catch (MalformedMessage e) {
      throw ExchangeException.malformed("the candles of " + exchange.title() + " are malformed: " + e.getMessage());
    }
  }

  private String get(URI address) throws ExchangeException, InterruptedException {
    long wait = notBefore - time.nanos();
    if (wait > 0) {
      Thread.sleep(wait / 1_000_000, (int) (wait % 1_000_000));
    }
    notBefore = time.nanos() + pace.toNanos();
    HttpRequest.Builder request = HttpRequest.newBuilder(address).timeout(TIMEOUT).header("Accept", "application/json");
    exchange.headers().forEach(request::header);
    HttpResponse<String> answer;
    try {
      answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
    } catch (IOException e) {
      String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw ExchangeException.later(exchange.title() + " cannot be reached: " + reason, Duration.ZERO);
    }
    return switch (answer.statusCode()) {
      case 200 -> answer.body();
      case 401, 403 -> throw ExchangeException.denied(denied(answer), DENIED_AGAIN);
      case 400, 404, 422 -> throw ExchangeException.refused(said(answer));
      default -> throw ExchangeException.later(said(answer), RetryAfter.read(answer.headers().firstValue("Retry-After").orElse(null), time.now()));
    };
  }

  private String denied(HttpResponse<String> answer) {
    return said(answer) + (exchange.headers().isEmpty() ? " (no keys were sent)" : " (check the keys)");
  }

  private String said(HttpResponse<String> answer) {
    String body = answer.body().replaceAll("\\s+", " ").strip();
    return exchange.title() + " answers " + answer.statusCode() + (body.isEmpty() ? "" : ": " + body.substring(0, Math.min(SHOWN, body.length())));
  }
}
