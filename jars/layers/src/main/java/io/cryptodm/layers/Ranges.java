package io.cryptodm.layers;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/** A set of minutes, kept as ranges that neither overlap nor touch. */
final class Ranges {
  /** Begin, inclusive, to end, exclusive. */
  private final TreeMap<Long, Long> ranges = new TreeMap<>();

  /** A range of minutes; {@code to} is exclusive. */
  record Range(long from, long to) {}

  Ranges() {}

  Ranges(Range range) {
    add(range.from(), range.to());
  }

  /** Adds minutes; {@code to} is exclusive. */
  void add(long from, long to) {
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

  void addAll(Ranges others) {
    others.ranges.forEach(this::add);
  }

  boolean contains(long minute) {
    Map.Entry<Long, Long> before = ranges.floorEntry(minute);
    return before != null && before.getValue() > minute;
  }

  boolean isEmpty() {
    return ranges.isEmpty();
  }

  /** The first minute. */
  long first() {
    return ranges.firstKey();
  }

  /** The end, exclusive. */
  long end() {
    return ranges.lastEntry().getValue();
  }

  /** What lies in a range. */
  Ranges within(long from, long to) {
    Ranges inside = new Ranges();
    for (Range range : list()) {
      inside.add(Math.max(from, range.from()), Math.min(to, range.to()));
    }
    return inside;
  }

  List<Range> list() {
    List<Range> list = new ArrayList<>();
    ranges.forEach((from, to) -> list.add(new Range(from, to)));
    return list;
  }

  void forEach(LongConsumer each) {
    ranges.forEach(
        (from, to) -> {
          for (long minute = from; minute < to; minute++) {
            each.accept(minute);
          }
        });
  }

  @Override
  public String toString() {
    return ranges.toString();
  }
}
