package io.cryptodm.producer.crypto;

import io.cryptodm.contracts.MinuteRanges;
import io.cryptodm.contracts.Pair;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Missing minutes of some pairs, and how far the history was asked for them. It is asked in slices, oldest first, each of all pairs at once: whatever a
 * kill leaves is then a hole between what the end of the topic shows.
 */
final class Refill {
  private final Map<Pair, MinuteRanges> missing = new LinkedHashMap<>();
  /** Whether these minutes are known once the history has answered; else they are looked at for late bars only. */
  private final boolean claims;
  private Instant reached = Instant.MIN;
  private Slice slice;
  private String pageToken;

  /**
   * What one request asks.
   *
   * @param from first minute, inclusive
   * @param to end, exclusive
   */
  record Slice(Set<Pair> pairs, Instant from, Instant to) {}

  Refill(boolean claims) {
    this.claims = claims;
  }

  void add(Pair pair, Gap gap) {
    missing.computeIfAbsent(pair, p -> new MinuteRanges()).add(gap.from(), gap.end());
  }

  boolean claims() {
    return claims;
  }

  Map<Pair, MinuteRanges> missing() {
    return missing;
  }

  boolean isMissing(Pair pair, Instant minute) {
    MinuteRanges ofPair = missing.get(pair);
    return ofPair != null && ofPair.contains(minute);
  }

  /** The slice in work, or the next one; null when all has been asked. @param rows that a slice should not exceed */
  Slice slice(int rows) {
    if (slice == null) {
      slice = next(Duration.ofMinutes(Math.max(1, rows / Math.max(1, missing.size()))));
    }
    return slice;
  }

  private Slice next(Duration length) {
    Instant from = null;
    for (MinuteRanges ofPair : missing.values()) {
      MinuteRanges left = ofPair.within(reached, ofPair.to());
      if (!left.isEmpty() && (from == null || left.from().isBefore(from))) {
        from = left.from();
      }
    }
    if (from == null) {
      return null;
    }
    Set<Pair> pairs = new LinkedHashSet<>();
    Instant to = from;
    for (Map.Entry<Pair, MinuteRanges> ofPair : missing.entrySet()) {
      MinuteRanges part = ofPair.getValue().within(from, from.plus(length));
      if (!part.isEmpty()) {
        pairs.add(ofPair.getKey());
        to = part.to().isAfter(to) ? part.to() : to;
      }
    }
    return new Slice(pairs, from, to);
  }

  String pageToken() {
    return pageToken;
  }

  /** Goes on after a page. @return true when the slice is complete */
  boolean turn(String nextPageToken) {
    // A server that gives the same page again would keep us for ever.
    boolean stuck = nextPageToken != null && nextPageToken.equals(pageToken);
    if (nextPageToken != null && !stuck) {
      pageToken = nextPageToken;
      return false;
    }
    skip();
    return true;
  }

  /** Leaves the slice in work behind. */
  void skip() {
    reached = slice.to();
    slice = null;
    pageToken = null;
  }
}
