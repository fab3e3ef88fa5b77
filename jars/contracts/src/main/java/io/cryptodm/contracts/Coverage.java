package io.cryptodm.contracts;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/**
 * What the producer of quotes reports about a range of minutes of one pair; it separates minutes without a trade from missed ones.
 * It is sent to the quotes topic after the bars of these minutes. A running interval keeps its start, and its end grows.
 *
 * @param from start of the first minute, inclusive
 * @param to end of the last minute, exclusive; at most the midnight (UTC) that follows {@code from}
 */
public record Coverage(Pair pair, Instant from, Instant to, State state) {
  private static final long MINUTE = 60;
  private static final long DAY = 86_400;

  /** How the minutes were watched. */
  public enum State {
    /** The source was polled or simulated without a break: a minute without a bar had no trade. */
    OBSERVED("observed"),
    /** The source's history was read for all of it: a minute without a bar had no trade. */
    HISTORY("history"),
    /** The producer ran, but the source did not answer. */
    SOURCE_DOWN("source-down"),
    /** The source gave a bar that is none: the minute is not known, whatever else is said about it, until a bar is taken. */
    REFUSED("refused");

    private final String wire;

    State(String wire) {
      this.wire = wire;
    }

    /** The name on the wire and in the table. */
    public String wire() {
      return wire;
    }

    static Optional<State> of(String wire) {
      return Arrays.stream(values()).filter(state -> state.wire.equals(wire)).findFirst();
    }
  }

  /** @throws IllegalArgumentException if it is no range of whole minutes within one day (UTC) */
  public Coverage {
    Objects.requireNonNull(pair, "pair");
    Objects.requireNonNull(state, "state");
    wholeMinute("from", from);
    wholeMinute("to", to);
    if (!from.isBefore(to)) {
      throw new IllegalArgumentException("'to' must be after 'from' " + from + " but is " + to);
    }
    if (to.isAfter(nextMidnight(from))) {
      throw new IllegalArgumentException("'to' must lie within the day (UTC) of 'from' " + from + " but is " + to);
    }
  }

  private static void wholeMinute(String label, Instant time) {
    if (time.getNano() != 0 || time.getEpochSecond() % MINUTE != 0) {
      throw new IllegalArgumentException("'" + label + "' must be a whole minute but is " + time);
    }
  }

  /** The first midnight (UTC) after a moment: where an interval is split. */
  public static Instant nextMidnight(Instant time) {
    return Instant.ofEpochSecond((Math.floorDiv(time.getEpochSecond(), DAY) + 1) * DAY);
  }

  /** Length of the interval. */
  public Duration length() {
    return Duration.between(from, to);
  }

  /** UTC date of the start. */
  public LocalDate refDate() {
    return LocalDate.ofInstant(from, ZoneOffset.UTC);
  }
}
