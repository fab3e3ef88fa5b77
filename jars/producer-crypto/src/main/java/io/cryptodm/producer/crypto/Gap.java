package io.cryptodm.producer.crypto;

import java.time.Duration;
import java.time.Instant;

/**
 * Minutes that are missing.
 *
 * @param from first one, inclusive
 * @param to last one, inclusive
 */
record Gap(Instant from, Instant to) {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** What lies between two minutes, but not before {@code earliest}; null for nothing. */
  static Gap between(Instant last, Instant next, Instant earliest) {
    Instant from = last.plus(MINUTE);
    if (from.isBefore(earliest)) {
      from = earliest;
    }
    Instant to = next.minus(MINUTE);
    return from.isAfter(to) ? null : new Gap(from, to);
  }
}
