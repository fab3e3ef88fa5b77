package io.cryptodm.contracts;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Objects;

/**
 * One trade of a user, the event of the trades topic.
 *
 * @param transactionId unique; time-ordered (UUIDv7) when our producer makes it
 * @param documentId the user; key of the record
 * @param pair what was bought or sold
 * @param timestamp when
 * @param type bought or sold
 * @param quantity in units of the base, above 0, with exactly 12 decimals
 */
public record TradeEvent(
    String transactionId, String documentId, Pair pair, Instant timestamp, Type type, BigDecimal quantity) {

  /** Direction of a trade, named as on the wire. */
  public enum Type {
    BUY,
    SELL
  }

  /** @throws ArithmeticException if the quantity does not fit decimal(24, 12) */
  public TradeEvent {
    Objects.requireNonNull(transactionId, "transactionId");
    Objects.requireNonNull(documentId, "documentId");
    Objects.requireNonNull(pair, "pair");
    Objects.requireNonNull(timestamp, "timestamp");
    Objects.requireNonNull(type, "type");
    quantity = Money.of(quantity);
  }

  /** UTC date of the trade. */
  public LocalDate refDate() {
    return LocalDate.ofInstant(timestamp, ZoneOffset.UTC);
  }
}
