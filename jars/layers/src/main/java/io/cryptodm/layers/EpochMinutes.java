package io.cryptodm.layers;

/** Converts between minutes since 1970, which the layers calculate with, and microseconds since 1970, which tables store. */
final class EpochMinutes {
  static final long MINUTE = 60_000_000L;
  static final long DAY = 1440;

  private EpochMinutes() {}

  static long ofMicros(long micros) {
    return Math.floorDiv(micros, MINUTE);
  }

  static long toMicros(long minute) {
    return Math.multiplyExact(minute, MINUTE);
  }

  /** Start of the period of the given length, counted from 1970, that contains a minute. */
  static long floor(long minute, long length) {
    return Math.floorDiv(minute, length) * length;
  }

  /** Days since 1970. */
  static int toEpochDay(long minute) {
    return (int) Math.floorDiv(minute, DAY);
  }
}
