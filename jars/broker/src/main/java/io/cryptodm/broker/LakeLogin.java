package io.cryptodm.broker;

import io.cryptodm.contracts.CredentialFile;
import java.io.IOException;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Map;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.scram.ScramCredential;
import org.apache.kafka.common.security.scram.ScramCredentialCallback;
import org.apache.kafka.common.security.scram.internals.ScramFormatter;
import org.apache.kafka.common.security.scram.internals.ScramMechanism;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows one user, whose password is in the lake's credential file. The file is read at each login: storage that was formatted without any
 * credential needs no change, a new credential counts at once, and the controller, which has no records of users before it runs, asks the same.
 */
public final class LakeLogin implements AuthenticateCallbackHandler {
  /** Setting of the broker that names the file. */
  static final String FILE = "cryptodm.credential.file";

  private static final Logger LOG = LoggerFactory.getLogger(LakeLogin.class);

  /** The least that clients accept. The token is random, so more would only make each login slower. */
  private static final int ITERATIONS = 4096;

  private CredentialFile file;
  private ScramFormatter formatter;
  private Known known;

  /** What a token was turned into: that takes milliseconds, and the salt stays. */
  private record Known(String token, ScramCredential credential) {}

  @Override
  public void configure(Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> entries) {
    if (!(configs.get(FILE) instanceof String path)) {
      throw new ConfigException(FILE + " is not set");
    }
    file = new CredentialFile(Path.of(path));
    try {
      formatter = new ScramFormatter(ScramMechanism.forMechanismName(mechanism));
    } catch (NoSuchAlgorithmException e) {
      throw new ConfigException("this JVM does not know " + mechanism);
    }
  }

  /** Without a credential in the callback the login fails. */
  @Override
  public void handle(Callback[] callbacks) throws UnsupportedCallbackException {
    String user = null;
    for (Callback callback : callbacks) {
      if (callback instanceof NameCallback name) {
        user = name.getDefaultName();
      } else if (callback instanceof ScramCredentialCallback asked) {
        if (CredentialFile.USER.equals(user)) {
          asked.scramCredential(credential());
        }
      } else {
        throw new UnsupportedCallbackException(callback);
      }
    }
  }

  private synchronized ScramCredential credential() {
    try {
      String token = file.read();
      if (known == null || !known.token().equals(token)) {
        known = new Known(token, formatter.generateCredential(token, ITERATIONS));
      }
      return known.credential();
    } catch (IOException e) {
      LOG.error("Nobody can sign in: {}", e.getMessage());
      return null;
    }
  }

  @Override
  public void close() {}
}
