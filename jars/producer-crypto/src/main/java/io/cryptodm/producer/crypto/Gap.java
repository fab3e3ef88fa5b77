package io.cryptodm.producer.crypto;

import io.cryptodm.contracts.MinuteRanges;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Minutes that are missing.
 *
 * @param from first one, inclusive
 * @param to last one, inclusive
 */
record Gap(Instant from, Instant to) {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** The same minutes as gaps, in their order. */
  static List<Gap> of(List<MinuteRanges.Range> ranges) {
    return ranges.stream().map(range -> new Gap(range.start(), range.end().minus(MINUTE))).toList();
  }

  /** End of the last minute, exclusive. */
  Instant end() {
    return to.plus(MINUTE);
  }

  /** The minutes between two minutes, from {@code earliest} on; null for none. */
  static Gap between(Instant last, Instant next, Instant earliest) {
    Instant from = last.plus(MINUTE);
    if (from.isBefore(earliest)) {
      from = earliest;
    }
    Instant to = next.minus(MINUTE);
    return from.isAfter(to) ? null : new Gap(from, to);
  }
}
