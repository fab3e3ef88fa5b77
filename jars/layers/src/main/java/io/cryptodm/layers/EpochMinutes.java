package io.cryptodm.layers;

/** Minutes since 1970, in which the layers reckon, and the microseconds in which tables keep times. */
final class EpochMinutes {
  static final long MINUTE = 60_000_000L;
  static final long DAY = 1440;

  private EpochMinutes() {}

  static long minute(long micros) {
    return Math.floorDiv(micros, MINUTE);
  }

  static long micros(long minute) {
    return Math.multiplyExact(minute, MINUTE);
  }

  /** The first minute of the stretch of so many minutes, counted from 1970, in which a minute lies. */
  static long floor(long minute, long length) {
    return Math.floorDiv(minute, length) * length;
  }

  /** Days since 1970. */
  static int date(long minute) {
    return (int) Math.floorDiv(minute, DAY);
  }
}
