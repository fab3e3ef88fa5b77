package io.cryptodm.contracts;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Objects;

/**
 * A minute of which our bar and the exchange's own candle differ, or have come to agree.
 *
 * @param start of the minute
 * @param ours null without a bar of ours
 * @param theirs null without a candle of the exchange
 * @param cause for people and queries, one of {@link Cause}
 */
public record CandleDifference(Pair pair, Instant start, Sums ours, Sums theirs, Cause cause) implements MarketRecord {

  /** Why they differ. */
  public enum Cause {
    /** They agree now; an earlier difference has ended. */
    NONE("none"),
    /** Trades of the minute are missing here. */
    HOLE("hole"),
    /** A trade of the minute came after its end. */
    LATE_TRADE("late-trade"),
    /** The exchange has no candle yet, or one of fewer trades: it may be incomplete. */
    INCOMPLETE_CANDLE("incomplete-candle"),
    /** All ids of the minute are here, and the candle still says something else. */
    UNEXPLAINED("unexplained");

    private final String wire;

    Cause(String wire) {
      this.wire = wire;
    }

    /** The name on the wire and in the table. */
    public String wire() {
      return wire;
    }

    static Cause of(String wire) {
      for (Cause cause : values()) {
        if (cause.wire.equals(wire)) {
          return cause;
        }
      }
      throw new Fault("'cause' is unknown: '" + Fault.excerpt(wire) + "'");
    }
  }

  /** Prices and volume of a minute, with 12 decimals. */
  public record Sums(BigDecimal open, BigDecimal high, BigDecimal low, BigDecimal close, BigDecimal volume) {
    /** @throws ArithmeticException if one does not fit its column */
    public Sums {
      open = Money.of(open);
      high = Money.of(high);
      low = Money.of(low);
      close = Money.of(close);
      volume = Money.volume(volume);
    }
  }

  /** @throws IllegalArgumentException without any side */
  public CandleDifference {
    Objects.requireNonNull(pair, "pair");
    Objects.requireNonNull(start, "start");
    Objects.requireNonNull(cause, "cause");
    if (ours == null && theirs == null) {
      throw new IllegalArgumentException("neither side has a bar");
    }
  }
}
