package io.cryptodm.contracts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretTest {
  @Test
  void givesItsFieldsAndShowsNoneOfThem() {
    Secret secret = Secret.parse("acme/alpaca", "{\"keyId\":\"id\",\"secretKey\":\"hidden\"}");
    assertEquals("hidden", secret.field("secretKey"));
    assertEquals("secret acme/alpaca", secret.toString());
    assertEquals("secret acme/alpaca: has no field 'key'", assertThrows(SecretException.class, () -> secret.field("key")).getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"hunter2", "{\"password\":hunter2}", "[\"hunter2\"]", "{\"password\":{\"hunter2\":1}}", ""})
  void neverQuotesATextOfTheWrongForm(String text) {
    SecretException e = assertThrows(SecretException.class, () -> Secret.parse("acme/alpaca", text));
    assertEquals("secret acme/alpaca: is not a JSON object of texts", e.getMessage());
  }

  @Test
  void saysThatAJarWithoutAStoreReadsNone() {
    SecretException e = assertThrows(SecretException.class, () -> Secret.read("acme/alpaca"));
    assertEquals("secret acme/alpaca: this jar reads no secrets; it is for a lake without any", e.getMessage());
  }
}
