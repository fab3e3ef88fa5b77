package io.cryptodm.contracts;

import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/**
 * Trades that were missed: a range of ids between two that are known. The last report of a range counts.
 *
 * @param first id, inclusive
 * @param last id, inclusive
 * @param from time of the trade before them
 * @param to time of the trade after them, or of the report that named the last id
 * @param reason why they were missed or are not there yet, for people
 */
public record TradeHole(Pair pair, long first, long last, Instant from, Instant to, State state, String reason) implements MarketRecord {

  /** What has become of it. */
  public enum State {
    /** It is asked for. */
    OPEN("open"),
    /** All of it has come, or a smaller hole is reported in its place. */
    CLOSED("closed"),
    /** The exchange's history has answered for it and has no such trades. */
    ABSENT("absent");

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

  /** @throws IllegalArgumentException if it holds no id */
  public TradeHole {
    Objects.requireNonNull(pair, "pair");
    Objects.requireNonNull(from, "from");
    Objects.requireNonNull(to, "to");
    Objects.requireNonNull(state, "state");
    Objects.requireNonNull(reason, "reason");
    if (first < 0 || last < first) {
      throw new IllegalArgumentException("'last' must not be below 'first' " + first + " but is " + last);
    }
  }

  /** How many ids. */
  public long ids() {
    return last - first + 1;
  }
}
