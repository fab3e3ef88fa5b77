package io.cryptodm.layers;

import java.util.Arrays;

/** Periods of candles. Each is made of the one before, the first of minutes. Days are UTC. */
enum Period {
  FIVE_MINUTES("5m", 5, 1),
  QUARTER("15m", 15, 5),
  HOUR("1h", 60, 15),
  FOUR_HOURS("4h", 240, 60),
  DAY("1d", 1440, 240);

  private final String wire;
  private final int minutes;
  private final int part;

  Period(String wire, int minutes, int part) {
    this.wire = wire;
    this.minutes = minutes;
    this.part = part;
  }

  String wire() {
    return wire;
  }

  int minutes() {
    return minutes;
  }

  /** Length of each of its parts, in minutes. */
  int part() {
    return part;
  }

  static Period of(String wire) {
    return Arrays.stream(values()).filter(period -> period.wire.equals(wire)).findFirst().orElseThrow();
  }
}
