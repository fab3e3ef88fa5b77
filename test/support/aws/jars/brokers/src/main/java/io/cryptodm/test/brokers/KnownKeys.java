package io.cryptodm.test.brokers;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;

/** The keys that may sign in: a properties file of key id and secret key, named by the option {@code keys} of the JAAS entry. */
public final class KnownKeys implements AuthenticateCallbackHandler {
  private final Properties secrets = new Properties();

  @Override
  public void configure(Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> entries) {
    Path file = Path.of((String) entries.get(0).getOptions().get("keys"));
    try (InputStream in = Files.newInputStream(file)) {
      secrets.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The secret key of a key id, or null. */
  String secretOf(String keyId) {
    return secrets.getProperty(keyId);
  }

  @Override
  public void handle(Callback[] callbacks) throws UnsupportedCallbackException {
    throw new UnsupportedCallbackException(callbacks[0]);
  }

  @Override
  public void close() {
    // Holds no resources.
  }
}
