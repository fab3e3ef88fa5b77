package io.cryptodm.contracts;

import java.net.URI;

/** Where a spec is read from that is no file. An implementation is found by ServiceLoader; it is loaded only for such a place. */
public interface SpecStore {
  /**
   * The text of an object.
   *
   * @param place {@code s3://BUCKET/KEY}
   * @throws SpecException saying why it cannot be read
   */
  byte[] read(URI place);
}
