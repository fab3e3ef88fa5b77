package io.cryptodm.contracts;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;

/** A secret of the lake: a JSON object of texts ({@code docs/contracts.md}, "AWS: names"). Its text form is its name only. */
public final class Secret {
  private final String name;
  private final Map<String, String> fields;

  private Secret(String name, Map<String, String> fields) {
    this.name = name;
    this.fields = fields;
  }

  /**
   * Reads a secret.
   *
   * @throws SecretException if there is no secret of that name, or it cannot be read
   */
  public static Secret read(String name) {
    return find(name).orElseThrow(() -> new SecretException("secret " + name + ": there is none of that name; store it with \"cryptodm secrets set\"", false));
  }

  /**
   * Reads an optional secret.
   *
   * @throws SecretException if it cannot be read
   */
  public static Optional<Secret> find(String name) {
    SecretStore store =
        ServiceLoader.load(SecretStore.class, SecretStore.class.getClassLoader())
            .findFirst()
            .orElseThrow(() -> new SecretException("secret " + name + ": this jar reads no secrets; it is for a lake without any", false));
    return store.read(name).map(text -> parse(name, text));
  }

  static Secret parse(String name, String json) {
    try {
      return new Secret(name, SpecNode.parse(json.getBytes(StandardCharsets.UTF_8), "secret").entries(SpecNode::scalar));
    } catch (SpecException e) {
      // The parser's message would quote the secret.
      throw new SecretException("secret " + name + ": is not a JSON object of texts", false);
    }
  }

  /** A value. @throws SecretException if the secret has no such field */
  public String field(String field) {
    String value = fields.get(field);
    if (value == null || value.isBlank()) {
      throw new SecretException("secret " + name + ": has no field '" + field + "'", false);
    }
    return value;
  }

  @Override
  public String toString() {
    return "secret " + name;
  }
}
