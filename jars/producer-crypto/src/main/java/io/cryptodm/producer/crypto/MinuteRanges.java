package io.cryptodm.producer.crypto;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A set of minutes, kept as runs: a week of minutes without a hole is one entry. */
final class MinuteRanges {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** Start -> end, exclusive; runs neither touch nor overlap. */
  private final TreeMap<Instant, Instant> runs = new TreeMap<>();

  /** Adds the minutes from {@code from} (inclusive) to {@code to} (exclusive). */
  void add(Instant from, Instant to) {
    if (!from.isBefore(to)) {
      return;
    }
    Instant start = from;
    Instant end = to;
    Map.Entry<Instant, Instant> before = runs.floorEntry(from);
    if (before != null && !before.getValue().isBefore(from)) {
      start = before.getKey();
      end = before.getValue().isAfter(end) ? before.getValue() : end;
    }
    for (Map.Entry<Instant, Instant> next = runs.ceilingEntry(start); next != null && !next.getKey().isAfter(end); next = runs.ceilingEntry(start)) {
      end = next.getValue().isAfter(end) ? next.getValue() : end;
      runs.remove(next.getKey());
    }
    runs.put(start, end);
  }

  void add(Gap gap) {
    add(gap.from(), gap.to().plus(MINUTE));
  }

  boolean isEmpty() {
    return runs.isEmpty();
  }

  boolean contains(Instant minute) {
    Map.Entry<Instant, Instant> run = runs.floorEntry(minute);
    return run != null && minute.isBefore(run.getValue());
  }

  /** The first minute. */
  Instant from() {
    return runs.firstKey();
  }

  /** The end of the last minute, exclusive. */
  Instant to() {
    return runs.lastEntry().getValue();
  }

  /** Those of these minutes that lie from {@code from} (inclusive) to {@code to} (exclusive). */
  MinuteRanges within(Instant from, Instant to) {
    MinuteRanges part = new MinuteRanges();
    Instant first = runs.floorKey(from) == null ? from : runs.floorKey(from);
    for (Map.Entry<Instant, Instant> run : runs.tailMap(first, true).entrySet()) {
      if (!run.getKey().isBefore(to)) {
        break;
      }
      part.add(run.getKey().isBefore(from) ? from : run.getKey(), run.getValue().isAfter(to) ? to : run.getValue());
    }
    return part;
  }

  /** How many. */
  long minutes() {
    return runs.entrySet().stream().mapToLong(run -> Duration.between(run.getKey(), run.getValue()).toMinutes()).sum();
  }

  /** The runs, oldest first. */
  List<Gap> gaps() {
    return runs.entrySet().stream().map(run -> new Gap(run.getKey(), run.getValue().minus(MINUTE))).toList();
  }

  /** What is not among these minutes, from {@code from} (inclusive) to {@code to} (exclusive); oldest first. */
  List<Gap> holes(Instant from, Instant to) {
    List<Gap> holes = new ArrayList<>();
    if (!from.isBefore(to)) {
      return holes;
    }
    Instant at = from;
    for (Map.Entry<Instant, Instant> run : within(from, to).runs.entrySet()) {
      if (run.getKey().isAfter(at)) {
        holes.add(new Gap(at, run.getKey().minus(MINUTE)));
      }
      at = run.getValue();
    }
    if (at.isBefore(to)) {
      holes.add(new Gap(at, to.minus(MINUTE)));
    }
    return holes;
  }

  @Override
  public String toString() {
    return runs.toString();
  }
}
