package io.cryptodm.producer.crypto;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** When a minute of the market is settled: its bar comes a moment after its end, a correction half a minute later, some come late. */
final class Settling {
  static final Duration MINUTE = Duration.ofMinutes(1);

  /** After the end of a minute nothing more comes for it. */
  static final Duration LAG = Duration.ofSeconds(90);

  private Settling() {}

  /** The end (exclusive) of the last minute that is settled now. */
  static Instant settledTo(Instant now) {
    return now.minus(LAG).truncatedTo(ChronoUnit.MINUTES);
  }

  /** When the minutes up to {@code to} (exclusive) are settled. */
  static Instant settledAt(Instant to) {
    return to.plus(LAG);
  }
}
