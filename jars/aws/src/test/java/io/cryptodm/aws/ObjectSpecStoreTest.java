package io.cryptodm.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import io.cryptodm.contracts.Spec;
import io.cryptodm.contracts.SpecException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a double at the wire, found as any endpoint is. */
class ObjectSpecStoreTest {
  private record Answer(int status, byte[] body) {}

  private final Queue<Answer> answers = new ArrayDeque<>();
  private final Map<String, Headers> requests = new HashMap<>();
  private final Map<String, String> before = new HashMap<>();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          requests.put(exchange.getRequestMethod() + " " + exchange.getRequestURI(), exchange.getRequestHeaders());
          Answer answer = answers.remove();
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
  void isFoundAndReadsAfterAFaultOfTheService() throws IOException {
    answers.add(new Answer(503, new byte[0]));
    answers.add(new Answer(200, Files.readAllBytes(Path.of("../../test/fixtures/spec/lake-aws.json"))));
    assertEquals("AWS_MSK_IAM", Spec.readFrom("s3://acme-artifacts/spec/lake.json").kafka().properties().get("sasl.mechanism"));
    Headers sent = requests.get("GET /acme-artifacts/spec/lake.json");
    assertTrue(sent.getFirst("Authorization").matches("AWS4-HMAC-SHA256 Credential=testing/\\d{8}/us-east-1/s3/aws4_request.*"), sent.getFirst("Authorization"));
    // S3 refuses a request without it.
    assertEquals("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", sent.getFirst("X-amz-content-sha256"));
  }

  @Test
  void saysWhatTheServiceAnswers() {
    answers.add(new Answer(403, new byte[0]));
    SpecException e = assertThrows(SpecException.class, () -> Spec.readFrom("s3://acme-artifacts/spec/lake.json"));
    assertEquals("spec s3://acme-artifacts/spec/lake.json: S3 answers 403; let the role of this process call s3:GetObject on it", e.getMessage());
  }
}
