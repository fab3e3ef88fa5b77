package io.cryptodm.contracts;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A set of minutes, kept as ranges that neither overlap nor touch, so that a week without a hole is one entry. Minutes are counted since
 * 1970-01-01T00:00Z; an instant means the minute it lies in.
 */
public final class MinuteRanges {
  /** First minute, inclusive, to end, exclusive. */
  private final TreeMap<Long, Long> ranges = new TreeMap<>();

  /**
   * Minutes in a row.
   *
   * @param from first minute, inclusive
   * @param to exclusive
   */
  public record Range(long from, long to) {
    /** Start of the first minute. */
    public Instant start() {
      return instant(from);
    }

    /** End of the last minute, exclusive. */
    public Instant end() {
      return instant(to);
    }
  }

  public MinuteRanges() {}

  public MinuteRanges(Range range) {
    add(range.from(), range.to());
  }

  private static long minute(Instant time) {
    return Math.floorDiv(time.getEpochSecond(), 60);
  }

  private static Instant instant(long minute) {
    return Instant.ofEpochSecond(Math.multiplyExact(minute, 60));
  }

  /** Adds minutes; {@code to} is exclusive. */
  public void add(long from, long to) {
    if (to <= from) {
      return;
    }
    long begin = from;
    long end = to;
    Map.Entry<Long, Long> before = ranges.floorEntry(begin);
    if (before != null && before.getValue() >= begin) {
      begin = before.getKey();
      end = Math.max(end, before.getValue());
    }
    for (Map.Entry<Long, Long> next = ranges.ceilingEntry(begin); next != null && next.getKey() <= end; next = ranges.ceilingEntry(begin)) {
      end = Math.max(end, next.getValue());
      ranges.remove(next.getKey());
    }
    ranges.put(begin, end);
  }

  /** Adds minutes; {@code to} is exclusive. */
  public void add(Instant from, Instant to) {
    add(minute(from), minute(to));
  }

  public void addAll(MinuteRanges others) {
    others.ranges.forEach(this::add);
  }

  public boolean contains(long minute) {
    Map.Entry<Long, Long> before = ranges.floorEntry(minute);
    return before != null && before.getValue() > minute;
  }

  public boolean contains(Instant minute) {
    return contains(minute(minute));
  }

  public boolean isEmpty() {
    return ranges.isEmpty();
  }

  /** The first minute. */
  public long first() {
    return ranges.firstKey();
  }

  /** The end of the last minute, exclusive. */
  public long end() {
    return ranges.lastEntry().getValue();
  }

  /** Start of the first minute. */
  public Instant from() {
    return instant(first());
  }

  /** End of the last minute, exclusive. */
  public Instant to() {
    return instant(end());
  }

  /** How many minutes. */
  public long minutes() {
    return ranges.entrySet().stream().mapToLong(range -> range.getValue() - range.getKey()).sum();
  }

  /** Those of these minutes that lie in a range; {@code to} is exclusive. */
  public MinuteRanges within(long from, long to) {
    MinuteRanges inside = new MinuteRanges();
    Long first = ranges.floorKey(from);
    for (Map.Entry<Long, Long> range : ranges.tailMap(first == null ? from : first, true).entrySet()) {
      if (range.getKey() >= to) {
        break;
      }
      inside.add(Math.max(from, range.getKey()), Math.min(to, range.getValue()));
    }
    return inside;
  }

  /** Those of these minutes that lie in a range; {@code to} is exclusive. */
  public MinuteRanges within(Instant from, Instant to) {
    return within(minute(from), minute(to));
  }

  /** Those of these minutes that are not in another set. */
  public MinuteRanges without(MinuteRanges others) {
    MinuteRanges left = new MinuteRanges();
    ranges.forEach((from, to) -> others.holes(from, to).forEach(hole -> left.add(hole.from(), hole.to())));
    return left;
  }

  /** The ranges, oldest first. */
  public List<Range> list() {
    List<Range> list = new ArrayList<>();
    ranges.forEach((from, to) -> list.add(new Range(from, to)));
    return list;
  }

  /** The minutes of a range that are not in this set, oldest first; {@code to} is exclusive. */
  public List<Range> holes(long from, long to) {
    List<Range> holes = new ArrayList<>();
    long at = from;
    for (Range range : within(from, to).list()) {
      if (range.from() > at) {
        holes.add(new Range(at, range.from()));
      }
      at = range.to();
    }
    if (at < to) {
      holes.add(new Range(at, to));
    }
    return holes;
  }

  /** The minutes of a range that are not in this set, oldest first; {@code to} is exclusive. */
  public List<Range> holes(Instant from, Instant to) {
    return holes(minute(from), minute(to));
  }

  @Override
  public String toString() {
    return ranges.toString();
  }
}
