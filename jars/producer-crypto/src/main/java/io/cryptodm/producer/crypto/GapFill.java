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
 * Missing minutes of some pairs, and how many of them were requested from the history. Requests go in slices, oldest first, each for all pairs: what a
 * killed run leaves is then a gap that the end of the topic shows.
 */
final class GapFill {
  private final Map<Pair, MinuteRanges> missing = new LinkedHashMap<>();
  /** Whether these minutes count as covered once the history has answered; otherwise they are requested for late bars only. */
  private final boolean claims;
  private Instant reached = Instant.MIN;
  private Slice slice;
  private String pageToken;

  /**
   * What one request is for.
   *
   * @param from first minute, inclusive
   * @param to end, exclusive
   */
  record Slice(Set<Pair> pairs, Instant from, Instant to) {}

  GapFill(boolean claims) {
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

  /** The current slice, or the next one; null when all were requested. @param most rows of a slice */
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

  /** Continues after a page. @return true when the slice is complete */
  boolean turn(String nextPageToken) {
    // A server that repeats a page would be asked forever.
    boolean stuck = nextPageToken != null && nextPageToken.equals(pageToken);
    if (nextPageToken != null && !stuck) {
      pageToken = nextPageToken;
      return false;
    }
    skip();
    return true;
  }

  /** Skips the rest of the current slice. */
  void skip() {
    reached = slice.to();
    slice = null;
    pageToken = null;
  }
}
