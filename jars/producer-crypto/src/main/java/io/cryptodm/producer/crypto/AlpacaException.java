package io.cryptodm.producer.crypto;

import java.time.Duration;

/** A failed request to Alpaca; the message holds no key. */
final class AlpacaException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean refused;
  private final transient Duration retryAfter;

  private AlpacaException(String message, boolean refused, Duration retryAfter, Throwable cause) {
    super(message, cause);
    this.refused = refused;
    this.retryAfter = retryAfter;
  }

  /** The request itself is wrong (400, 404, 422): repeating it is useless. */
  static AlpacaException refused(String message) {
    return new AlpacaException(message, true, Duration.ZERO, null);
  }

  /** It may succeed later, after {@code retryAfter} at the earliest. */
  static AlpacaException later(String message, Duration retryAfter) {
    return new AlpacaException(message, false, retryAfter, null);
  }

  static AlpacaException later(String message, Throwable cause) {
    return new AlpacaException(message, false, Duration.ZERO, cause);
  }

  boolean isRefused() {
    return refused;
  }

  Duration retryAfter() {
    return retryAfter;
  }
}
