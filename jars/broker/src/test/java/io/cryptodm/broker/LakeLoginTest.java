package io.cryptodm.broker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.CredentialProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.NameCallback;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.security.scram.ScramCredential;
import org.apache.kafka.common.security.scram.ScramCredentialCallback;
import org.apache.kafka.common.security.scram.internals.ScramFormatter;
import org.apache.kafka.common.security.scram.internals.ScramMechanism;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LakeLoginTest {
  private static final String TOKEN = "n2w8Vd0cQkqJ7x3v1ZsXbT5yR9uLhG4eA6mKfPzWcIo";

  @TempDir Path folder;

  private Path write(String token) throws IOException {
    // A colon ends the path in a reference of Kafka's own providers.
    Path file = Files.createDirectories(folder.resolve("it's a:b $x")).resolve("credential");
    return Files.writeString(file, token);
  }

  private static LakeLogin login(Path file) {
    LakeLogin login = new LakeLogin();
    login.configure(Map.of(LakeLogin.FILE, file.toString()), "SCRAM-SHA-512", List.of());
    return login;
  }

  private static ScramCredential ask(LakeLogin login, String user) throws Exception {
    ScramCredentialCallback asked = new ScramCredentialCallback();
    login.handle(new Callback[] {new NameCallback("user", user), asked});
    return asked.scramCredential();
  }

  private static boolean opens(ScramCredential credential, String password) throws Exception {
    ScramFormatter formatter = new ScramFormatter(ScramMechanism.SCRAM_SHA_512);
    byte[] salted = formatter.saltedPassword(password, credential.salt(), credential.iterations());
    return java.util.Arrays.equals(credential.storedKey(), formatter.storedKey(formatter.clientKey(salted)));
  }

  @Test
  void knowsTheLakesUserByTheTokenInTheFileAndNobodyElse() throws Exception {
    LakeLogin login = login(write(TOKEN + "\n"));
    ScramCredential credential = ask(login, "cryptodm");
    assertTrue(opens(credential, TOKEN));
    assertFalse(opens(credential, TOKEN + "x"));
    assertSame(credential, ask(login, "cryptodm"));
    assertNull(ask(login, "admin"));
  }

  @Test
  void takesANewTokenAtTheNextLoginAndNoneFromAFileWithoutOne() throws Exception {
    LakeLogin login = login(write(TOKEN));
    assertNotNull(ask(login, "cryptodm"));
    String next = new StringBuilder(TOKEN).reverse().toString();
    write(next);
    assertTrue(opens(ask(login, "cryptodm"), next));
    for (String broken : List.of("", "\n", "short", "two words of it that are long enough")) {
      write(broken);
      assertNull(ask(login, "cryptodm"), broken);
    }
    Files.delete(write(TOKEN));
    assertNull(ask(login, "cryptodm"));
  }

  @Test
  void clientsReadTheSameFileThroughTheProviderAndShowNothingOfIt() throws Exception {
    Path file = write(TOKEN);
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers", "127.0.0.1:1",
            "sasl.jaas.config", "LoginModule required password=\"${lake:credential}\";",
            "config.providers", "lake",
            "config.providers.lake.class", CredentialProvider.class.getName(),
            "config.providers.lake.param.file", file.toString());
    AdminClientConfig config = new AdminClientConfig(settings);
    Password jaas = config.getPassword("sasl.jaas.config");
    assertArrayEquals(("LoginModule required password=\"" + TOKEN + "\";").toCharArray(), jaas.value().toCharArray());
    assertFalse(config.values().toString().contains(TOKEN), "what the client logs at its start");
    Files.delete(file);
    ConfigException refusal = assertThrows(ConfigException.class, () -> new AdminClientConfig(settings));
    assertTrue(refusal.getMessage().contains(file.toString()), refusal.getMessage());
  }
}
