package io.cryptodm.producer.crypto;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;

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

  /** The holes inside a set of minutes, oldest first. */
  static List<Gap> inside(NavigableSet<Instant> minutes, Instant earliest) {
    List<Gap> gaps = new ArrayList<>();
    Instant last = null;
    for (Instant minute : minutes) {
      Gap gap = last == null ? null : between(last, minute, earliest);
      if (gap != null) {
        gaps.add(gap);
      }
      last = minute;
    }
    return gaps;
  }

  boolean contains(Instant minute) {
    return !minute.isBefore(from) && !minute.isAfter(to);
  }
}
