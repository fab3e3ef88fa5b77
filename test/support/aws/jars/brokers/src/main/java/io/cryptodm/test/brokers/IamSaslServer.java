package io.cryptodm.test.brokers;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import javax.security.auth.callback.CallbackHandler;
import javax.security.sasl.SaslServer;
import javax.security.sasl.SaslServerFactory;
import org.apache.kafka.common.errors.SaslAuthenticationException;

/** The server side of AWS_MSK_IAM: one signed request, one answer. */
public final class IamSaslServer implements SaslServer {
  static final String MECHANISM = "AWS_MSK_IAM";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final KnownKeys keys;
  private String keyId;

  private IamSaslServer(KnownKeys keys) {
    this.keys = keys;
  }

  /** Public, because the security provider creates it by its class name. */
  public static final class Factory implements SaslServerFactory {
    @Override
    public SaslServer createSaslServer(String mechanism, String protocol, String host, Map<String, ?> properties, CallbackHandler handler) {
      return new IamSaslServer((KnownKeys) handler);
    }

    @Override
    public String[] getMechanismNames(Map<String, ?> properties) {
      return new String[] {MECHANISM};
    }
  }

  @Override
  public byte[] evaluateResponse(byte[] response) {
    String request = UUID.randomUUID().toString();
    try {
      Map<String, String> fields = JSON.readValue(response, new TypeReference<>() {});
      keyId = new SignedRequest(fields).verify(keys::secretOf, Instant.now());
    } catch (IllegalArgumentException | IOException e) {
      // Has the format of MSK's answer.
      throw new SaslAuthenticationException("[" + request + "]: Access denied: " + e.getMessage());
    }
    return "{\"version\":\"2020_10_22\",\"request-id\":\"%s\"}".formatted(request).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public String getMechanismName() {
    return MECHANISM;
  }

  @Override
  public boolean isComplete() {
    return keyId != null;
  }

  @Override
  public String getAuthorizationID() {
    return keyId;
  }

  @Override
  public byte[] unwrap(byte[] incoming, int offset, int length) {
    throw new IllegalStateException("nothing is wrapped");
  }

  @Override
  public byte[] wrap(byte[] outgoing, int offset, int length) {
    throw new IllegalStateException("nothing is wrapped");
  }

  @Override
  public Object getNegotiatedProperty(String name) {
    return null;
  }

  @Override
  public void dispose() {
    // Holds no resources.
  }
}
