package io.cryptodm.layers;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongFunction;

/** Minutes that are processed together; {@code to} is exclusive. */
record Slice(long from, long to) {
  static final Slice ALL = new Slice(Long.MIN_VALUE, Long.MAX_VALUE);

  boolean isAll() {
    return equals(ALL);
  }

  boolean isLast() {
    return to == Long.MAX_VALUE;
  }

  /**
   * The minutes from {@code from} on that have about {@code rows} rows, at least one minute.
   *
   * @param days rows by day
   * @param minutesOf rows of a day by its minutes, asked for days with too many
   */
  static Slice next(long from, TreeMap<Long, Long> days, long rows, LongFunction<long[]> minutesOf) {
    long first = from == Long.MIN_VALUE ? Long.MIN_VALUE : EpochMinutes.toEpochDay(from);
    long count = 0;
    for (Map.Entry<Long, Long> day : days.tailMap(first).entrySet()) {
      long begin = day.getKey() * EpochMinutes.DAY;
      if (day.getValue() <= rows) {
        if (count > 0 && count + day.getValue() > rows) {
          return new Slice(from, begin);
        }
        count += day.getValue();
        continue;
      }
      if (count > 0) {
        return new Slice(from, begin);
      }
      long[] minutes = minutesOf.apply(day.getKey());
      for (int minute = (int) Math.max(0, from == Long.MIN_VALUE ? 0 : from - begin); minute < minutes.length; minute++) {
        if (count > 0 && count + minutes[minute] > rows) {
          return new Slice(from, begin + minute);
        }
        count += minutes[minute];
      }
    }
    return new Slice(from, Long.MAX_VALUE);
  }
}
