package io.cryptodm.producer.market;

import java.time.Duration;

/** A request to the history of an exchange that failed. */
public final class ExchangeException extends Exception {
  private static final long serialVersionUID = 1L;
  private final boolean refused;
  private final transient Duration retryAfter;

  private ExchangeException(String message, boolean refused, Duration retryAfter) {
    super(message);
    this.refused = refused;
    this.retryAfter = retryAfter;
  }

  /** It may be repeated, at the earliest after a while. */
  static ExchangeException later(String message, Duration retryAfter) {
    return new ExchangeException(message, false, retryAfter);
  }

  /** It would be refused again. */
  static ExchangeException refused(String message) {
    return new ExchangeException(message, true, Duration.ZERO);
  }

  boolean isRefused() {
    return refused;
  }

  Duration retryAfter() {
    return retryAfter;
  }
}
