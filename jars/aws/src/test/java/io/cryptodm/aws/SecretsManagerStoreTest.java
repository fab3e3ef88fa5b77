package io.cryptodm.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.Secret;
import io.cryptodm.contracts.SecretException;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SecretsManagerStoreTest {
  private ServiceDouble service;

  @BeforeEach
  void start() throws IOException {
    service = new ServiceDouble();
  }

  @AfterEach
  void stop() {
    service.close();
  }

  @Test
  void isFoundAndReadsAfterAFaultOfTheService() {
    service.answer(500, "{}");
    service.answer(200, "{\"Name\":\"acme/alpaca\",\"SecretString\":\"{\\\"keyId\\\":\\\"id\\\"}\"}");
    assertEquals("id", Secret.read("acme/alpaca").field("keyId"));
    assertEquals(2, service.requests.size());
    ServiceDouble.Request request = service.requests.get(1);
    assertEquals("secretsmanager.GetSecretValue", request.headers().getFirst("X-Amz-Target"));
    assertEquals("{\"SecretId\":\"acme/alpaca\"}", request.body());
  }

  @Test
  void tellsAMissingSecretFromOneThatIsForbidden() {
    service.answer(400, "{\"__type\":\"ResourceNotFoundException\",\"message\":\"no\"}");
    assertTrue(Secret.find("acme/alpaca").isEmpty());
    service.answer(400, "{\"__type\":\"AccessDeniedException\",\"message\":\"no\"}");
    SecretException e = assertThrows(SecretException.class, () -> Secret.read("acme/alpaca"));
    assertTrue(e.denied());
    assertTrue(e.getMessage().startsWith("secret acme/alpaca: Secrets Manager answers AccessDeniedException; let the role"), e.getMessage());
  }

  @Test
  void saysWhatTheServiceAnswers() {
    service.answer(400, "{\"__type\":\"InvalidRequestException\",\"message\":\"scheduled for deletion\"}");
    SecretException e = assertThrows(SecretException.class, () -> Secret.read("acme/alpaca"));
    assertFalse(e.denied());
    assertEquals("secret acme/alpaca: Secrets Manager answers InvalidRequestException", e.getMessage());
  }
}
