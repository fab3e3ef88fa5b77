package io.cryptodm.aws;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;

/** A service of AWS at the wire, found as any endpoint is, by the system's properties. */
final class ServiceDouble implements AutoCloseable {
  /** @param line method and path */
  record Request(String line, Headers headers, String body) {}

  private record Answer(int status, byte[] body) {}

  /** In the order in which they came. */
  final List<Request> requests = new CopyOnWriteArrayList<>();

  private final Queue<Answer> answers = new ArrayDeque<>();
  private final Map<String, String> before = new HashMap<>();
  private final HttpServer server;

  ServiceDouble() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          requests.add(new Request(exchange.getRequestMethod() + " " + exchange.getRequestURI(), exchange.getRequestHeaders(), body));
          Answer answer = answers.remove();
          exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.1");
          exchange.sendResponseHeaders(answer.status(), answer.body().length);
          exchange.getResponseBody().write(answer.body());
          exchange.close();
        });
    server.start();
    set("aws.endpointUrl", "http://127.0.0.1:" + server.getAddress().getPort());
    set("aws.region", "us-east-1");
    set("aws.accessKeyId", "testing");
    set("aws.secretAccessKey", "testing");
  }

  /** Answers the next request, after those that have an answer already. */
  void answer(int status, byte[] body) {
    answers.add(new Answer(status, body));
  }

  void answer(int status, String body) {
    answer(status, body.getBytes(StandardCharsets.UTF_8));
  }

  private void set(String name, String value) {
    before.put(name, System.setProperty(name, value));
  }

  @Override
  public void close() {
    server.stop(0);
    before.forEach((name, value) -> {
      if (value == null) {
        System.clearProperty(name);
      } else {
        System.setProperty(name, value);
      }
    });
  }
}
