package io.cryptodm.producer.crypto;

import io.cryptodm.contracts.MinuteRanges;
import io.cryptodm.contracts.Pair;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
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

  /** Tokens of the pages of this slice. */
  private final Set<String> pageTokens = new HashSet<>();

  /** Minutes of this slice whose bars are refused. */
  private final Map<Pair, MinuteRanges> refused = new HashMap<>();

  /** Pairs of this slice with a refused bar of which nobody knows the minute. */
  private final Set<Pair> unclear = new HashSet<>();

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

  /**
   * Notes a refused bar of the current slice.
   *
   * @param pair null if it is not known
   * @param minute null if it is not known
   */
  void refuse(Pair pair, Instant minute) {
    if (pair == null) {
      unclear.addAll(slice.pairs());
    } else if (minute == null) {
      unclear.add(pair);
    } else {
      refused.computeIfAbsent(pair, its -> new MinuteRanges()).add(minute, minute.plus(SettledMinutes.MINUTE));
    }
  }

  /** The minutes from {@code from} to {@code to} (exclusive) for which the current slice has the answer: without those whose bars are refused. */
  List<MinuteRanges.Range> answered(Pair pair, Instant from, Instant to) {
    return unclear.contains(pair) || !from.isBefore(to) ? List.of() : refused.getOrDefault(pair, new MinuteRanges()).holes(from, to);
  }

  /** What follows a page. */
  enum Turn {
    NEXT_PAGE,
    /** It was the last page of the slice. */
    COMPLETE,
    /** The page that follows was there before, so that the slice would never end. */
    CIRCLE
  }

  Turn turn(String nextPageToken) {
    if (nextPageToken == null) {
      return Turn.COMPLETE;
    }
    if (!pageTokens.add(nextPageToken)) {
      return Turn.CIRCLE;
    }
    pageToken = nextPageToken;
    return Turn.NEXT_PAGE;
  }

  /** Goes on with the next slice. */
  void advance() {
    reached = slice.to();
    slice = null;
    pageToken = null;
    pageTokens.clear();
    refused.clear();
    unclear.clear();
  }
}
