package io.cryptodm.producer.market;

import java.time.Duration;

/** A request to the history of an exchange that failed. */
public final class ExchangeException extends Exception {
  private static final long serialVersionUID = 1L;
  private final Kind kind;
  private final transient Duration retryAfter;

  private enum Kind {
    LATER,
    MALFORMED,
    REFUSED,
    DENIED
  }

  private ExchangeException(String message, Kind kind, Duration retryAfter) {
    super(message);
    this.kind = kind;
    this.retryAfter = retryAfter;
  }

  /** It may be repeated, at the earliest after a while. */
  static ExchangeException later(String message, Duration retryAfter) {
    return new ExchangeException(message, Kind.LATER, retryAfter);
  }

  /** It was answered with something that can't be read; another answer may be right. */
  static ExchangeException malformed(String message) {
    return new ExchangeException(message, Kind.MALFORMED, Duration.ZERO);
  }

  /** It would be refused again. */
  static ExchangeException refused(String message) {
    return new ExchangeException(message, Kind.REFUSED, Duration.ZERO);
  }

  /** This client may not ask: no other request would be answered either, until somebody has changed that. */
  static ExchangeException denied(String message, Duration retryAfter) {
    return new ExchangeException(message, Kind.DENIED, retryAfter);
  }

  boolean isMalformed() {
    return kind == Kind.MALFORMED;
  }

  boolean isRefused() {
    return kind == Kind.REFUSED;
  }

  boolean isDenied() {
    return kind == Kind.DENIED;
  }

  Duration retryAfter() {
    return retryAfter;
  }
}
