package io.cryptodm.contracts;

import java.util.Optional;

/** Where secrets are read from. An implementation is found by ServiceLoader; it is loaded only when a spec names a secret. */
public interface SecretStore {
  /**
   * The text of a secret.
   *
   * @return empty if there is no secret of that name
   * @throws SecretException saying why it cannot be read
   */
  Optional<String> read(String name);
}
