package io.cryptodm.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.cryptodm.contracts.Secret;
import io.cryptodm.contracts.SecretException;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a double at the wire, found as any endpoint is. */
class SecretsManagerStoreTest {
  private record Answer(int status, String body) {}

  private final Queue<Answer> answers = new ArrayDeque<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final Map<String, String> before = new HashMap<>();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          requests.add(exchange.getRequestHeaders().getFirst("X-Amz-Target") + " " + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          Answer answer = answers.remove();
          byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.1");
          exchange.sendResponseHeaders(answer.status(), body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    set("aws.endpointUrl", "http://127.0.0.1:" + server.getAddress().getPort());
    set("aws.region", "us-east-1");
    set("aws.accessKeyId", "testing");
    set("aws.secretAccessKey", "testing");
  }

  private void set(String name, String value) {
    before.put(name, System.setProperty(name, value));
  }

  @AfterEach
  void stop() {
    server.stop(0);
    before.forEach((name, value) -> {
      if (value == null) {
        System.clearProperty(name);
      } else {
        System.setProperty(name, value);
      }
    });
  }

  @Test
  void isFoundAndReadsAfterAFaultOfTheService() {
    answers.add(new Answer(500, "{}"));
    answers.add(new Answer(200, "{\"Name\":\"acme/alpaca\",\"SecretString\":\"{\\\"keyId\\\":\\\"id\\\"}\"}"));
    assertEquals("id", Secret.read("acme/alpaca").field("keyId"));
    assertEquals(2, requests.size());
    assertEquals("secretsmanager.GetSecretValue {\"SecretId\":\"acme/alpaca\"}", requests.get(1));
  }

  @Test
  void tellsAMissingSecretFromOneThatIsForbidden() {
    answers.add(new Answer(400, "{\"__type\":\"ResourceNotFoundException\",\"message\":\"no\"}"));
    assertTrue(Secret.find("acme/alpaca").isEmpty());
    answers.add(new Answer(400, "{\"__type\":\"AccessDeniedException\",\"message\":\"no\"}"));
    SecretException e = assertThrows(SecretException.class, () -> Secret.read("acme/alpaca"));
    assertTrue(e.denied());
    assertTrue(e.getMessage().startsWith("secret acme/alpaca: Secrets Manager answers AccessDeniedException; let the role"), e.getMessage());
  }

  @Test
  void saysWhatTheServiceAnswers() {
    answers.add(new Answer(400, "{\"__type\":\"InvalidRequestException\",\"message\":\"scheduled for deletion\"}"));
    SecretException e = assertThrows(SecretException.class, () -> Secret.read("acme/alpaca"));
    assertFalse(e.denied());
    assertEquals("secret acme/alpaca: Secrets Manager answers InvalidRequestException", e.getMessage());
  }
}
