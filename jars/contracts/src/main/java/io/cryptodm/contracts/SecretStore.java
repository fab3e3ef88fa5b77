package io.cryptodm.contracts;

import java.util.Optional;

/** Where secrets are read from. A jar that can read any brings one, found as a service; only a spec that names a secret loads it. */
public interface SecretStore {
  /**
   * The text of a secret.
   *
   * @return empty if there is none of that name
   * @throws SecretException saying why it cannot be read
   */
  Optional<String> read(String name);
}
