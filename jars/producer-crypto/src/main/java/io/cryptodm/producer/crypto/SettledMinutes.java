package io.cryptodm.producer.crypto;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** When a minute of the market is settled, so that no bar or correction comes for it: bars come just after its end, corrections half a minute later, some late. */
final class SettledMinutes {
  static final Duration MINUTE = Duration.ofMinutes(1);

  /** From the end of a minute until it is settled. */
  static final Duration LAG = Duration.ofSeconds(90);

  private SettledMinutes() {}

  /** The end (exclusive) of the last minute that is settled now. */
  static Instant settledTo(Instant now) {
    return now.minus(LAG).truncatedTo(ChronoUnit.MINUTES);
  }

  /** When the minutes up to {@code to} (exclusive) are settled. */
  static Instant settledAt(Instant to) {
    return to.plus(LAG);
  }
}
