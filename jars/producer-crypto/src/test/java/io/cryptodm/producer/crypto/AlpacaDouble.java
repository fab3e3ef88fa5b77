package io.cryptodm.producer.crypto;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Alpaca at the wire: answers by a script, one entry a request, and keeps what was asked. The last entry answers all further requests. */
final class AlpacaDouble implements AutoCloseable {
  /** One scripted answer. A status of 0 drops the connection. */
  record Answer(int status, String body, String retryAfter) {}

  private final HttpServer server;
  private final Deque<Answer> latest = new ArrayDeque<>();
  private final Deque<Answer> history = new ArrayDeque<>();
  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
  private final List<String> keys = Collections.synchronizedList(new ArrayList<>());

  private BooleanSupplier refusing = () -> false;
  private int[] refusals = {};
  private int refused;

  AlpacaDouble() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/v1beta3/crypto/us/latest/bars", exchange -> answer(exchange, latest));
    server.createContext("/v1beta3/crypto/us/bars", exchange -> answer(exchange, history));
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  AlpacaDouble latest(int status, String body) {
    return latest(status, body, null);
  }

  synchronized AlpacaDouble latest(int status, String body, String retryAfter) {
    latest.add(new Answer(status, body, retryAfter));
    return this;
  }

  AlpacaDouble history(int status, String body) {
    return history(status, body, null);
  }

  synchronized AlpacaDouble history(int status, String body, String retryAfter) {
    history.add(new Answer(status, body, retryAfter));
    return this;
  }

  /** Answers with these statuses in turn for as long as it holds, before the script. */
  synchronized AlpacaDouble refuse(BooleanSupplier holds, int... statuses) {
    refusing = holds;
    refusals = statuses;
    return this;
  }

  /** The queries, decoded, without their path up to {@code us/}. */
  List<String> asked() {
    return List.copyOf(asked);
  }

  List<String> keys() {
    return List.copyOf(keys);
  }

  private void answer(HttpExchange exchange, Deque<Answer> script) throws IOException {
    asked.add(
        exchange.getRequestURI().getPath().replaceFirst(".*/us/", "") + "?"
            + URLDecoder.decode(exchange.getRequestURI().getRawQuery(), StandardCharsets.UTF_8));
    keys.add(exchange.getRequestHeaders().getFirst("APCA-API-KEY-ID") + ":" + exchange.getRequestHeaders().getFirst("APCA-API-SECRET-KEY"));
    Answer answer;
    synchronized (this) {
      if (refusing.getAsBoolean()) {
        answer = new Answer(refusals[refused++ % refusals.length], "", null);
      } else {
        answer = script.size() > 1 ? script.pop() : script.peek();
      }
    }
    if (answer == null || answer.status() == 0) {
      exchange.close();
      return;
    }
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    if (answer.retryAfter() != null) {
      exchange.getResponseHeaders().set("Retry-After", answer.retryAfter());
    }
    exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
