package io.cryptodm.search.guard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class RequestGuardTest {
  private static final Path CASES = Path.of("../../test/fixtures/requests/guarded.json");

  @TestFactory
  List<DynamicTest> decidesAsTheDashboardDoes() throws Exception {
    JsonNode given = new ObjectMapper().readTree(Files.readString(CASES));
    String token = given.path("token").asText();
    int port = given.path("port").asInt();
    return StreamSupport.stream(given.path("cases").spliterator(), false)
        .map(
            one ->
                DynamicTest.dynamicTest(
                    one.path("name").asText(),
                    () -> {
                      RequestGuard guard = new RequestGuard(one.path("open").asBoolean() ? null : new Login(token));
                      Refusal refusal = guard.check(request(one, token), port);
                      assertEquals(one.path("status").asInt(), refusal == null ? 200 : refusal.status());
                    }))
        .toList();
  }

  @Test
  void refusesHeadersThatComeTwice() {
    RequestGuard guard = new RequestGuard(new Login("secret"));
    HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
    request.headers().add("Host", "127.0.0.1:1").add("Authorization", "Bearer secret");
    assertEquals(null, guard.check(request, 1));
    request.headers().add("Authorization", "Bearer other");
    assertEquals(401, guard.check(request, 1).status());
    request.headers().add("Host", "evil.test:1");
    assertEquals(403, guard.check(request, 1).status());
  }

  @Test
  void aNodeWithoutItsCredentialDoesNotStart(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("credential");
    assertThrows(IllegalStateException.class, () -> Login.read(file));
    Files.writeString(file, "\n");
    assertThrows(IllegalStateException.class, () -> Login.read(file));
    Files.writeString(file, "secret\n");
    assertTrue(Login.read(file).accepts("Bearer secret"));
  }

  private static HttpRequest request(JsonNode one, String token) {
    HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.valueOf(one.path("method").asText("GET")), "/crypto_quote/_close");
    one.path("headers")
        .fields()
        .forEachRemaining(header -> request.headers().add(header.getKey(), fill(header.getValue().asText(), token)));
    return request;
  }

  /** What stands for the token and for its forms. */
  private static String fill(String value, String token) {
    return value
        .replace("TOKEN", token)
        .replace("BASIC", base64("cryptodm:" + token))
        .replace("OTHERUSER", base64("admin:" + token));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }
}
