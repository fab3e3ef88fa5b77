package io.cryptodm.test.brokers;

import java.security.Provider;
import java.security.Security;
import java.util.Map;
import javax.security.auth.Subject;
import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.spi.LoginModule;

/** The login module of a listener's JAAS entry: registers the server side of AWS_MSK_IAM. {@link KnownKeys} reads its option {@code keys}. */
public final class IamLoginModule implements LoginModule {
  static {
    Security.addProvider(new IamProvider());
  }

  private static final class IamProvider extends Provider {
    private static final long serialVersionUID = 1L;

    IamProvider() {
      super("MSK IAM of a test", "1.0", "The server's side of AWS_MSK_IAM");
      put("SaslServerFactory." + IamSaslServer.MECHANISM, IamSaslServer.Factory.class.getName());
    }
  }

  @Override
  public void initialize(Subject subject, CallbackHandler handler, Map<String, ?> sharedState, Map<String, ?> options) {
    // The server needs no login.
  }

  @Override
  public boolean login() {
    return true;
  }

  @Override
  public boolean commit() {
    return true;
  }

  @Override
  public boolean abort() {
    return false;
  }

  @Override
  public boolean logout() {
    return true;
  }
}
