package io.cryptodm.layers;

import java.util.Arrays;

/** Lengths of candles, each made of the one before; the first is made of minutes. Days are those of UTC. */
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

  /** Minutes of each of its parts. */
  int part() {
    return part;
  }

  static Period of(String wire) {
    return Arrays.stream(values()).filter(period -> period.wire.equals(wire)).findFirst().orElseThrow();
  }
}
