package io.cryptodm.contracts;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Objects;

/**
 * One trade of an exchange; it never changes.
 *
 * @param id of the exchange, unique for its pair
 * @param time of the exchange, in whole microseconds
 * @param price of one unit of the base, above 0, with exactly 12 decimals
 * @param quantity in units of the base, above 0, with exactly 12 decimals
 * @param side of the taker: who bought at the price that was offered, or sold at the price that was bid; null when the exchange does not say
 */
public record MarketTrade(Pair pair, long id, Instant time, BigDecimal price, BigDecimal quantity, Side side) implements MarketRecord {

  /** What the taker did. */
  public enum Side {
    BUY("buy"),
    SELL("sell");

    private final String wire;

    Side(String wire) {
      this.wire = wire;
    }

    /** The name on the wire and in the table. */
    public String wire() {
      return wire;
    }

    /** The other one: the maker's side of a taker's, and the other way round. */
    public Side opposite() {
      return this == BUY ? SELL : BUY;
    }
  }

  /**
   * @throws ArithmeticException if price or quantity do not fit decimal(24, 12)
   * @throws IllegalArgumentException if one of them is not above 0, or the id is below 0
   */
  public MarketTrade {
    Objects.requireNonNull(pair, "pair");
    time = time.truncatedTo(ChronoUnit.MICROS);
    price = Money.of(price);
    quantity = Money.of(quantity);
    if (id < 0) {
      throw new IllegalArgumentException("'id' must not be below 0 but is " + id);
    }
    above0("price", price);
    above0("quantity", quantity);
  }

  private static void above0(String label, BigDecimal value) {
    if (value.signum() <= 0) {
      throw new IllegalArgumentException("'" + label + "' must be above 0 but is " + Money.text(value));
    }
  }

  /** UTC date of the trade. */
  public LocalDate refDate() {
    return LocalDate.ofInstant(time, ZoneOffset.UTC);
  }
}
