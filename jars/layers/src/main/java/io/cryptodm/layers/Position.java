package io.cryptodm.layers;

import io.cryptodm.tables.rows.Row;
import java.math.BigDecimal;

/**
 * What a user holds of a coin.
 *
 * @param base state after the trades before {@code baseUntil}
 * @param now state after all trades
 * @param baseUntil microseconds since 1970
 * @param lastTrade microseconds since 1970
 * @param lastPrice null if the coin has none
 */
record Position(Trade.Holder holder, State base, long baseUntil, State now, long lastTrade, BigDecimal lastPrice) implements LayerRow {
  /**
   * The sum of trades.
   *
   * @param holding negative if more was sold than bought
   * @param cost of the holding; for a short position, the proceeds as a negative number
   * @param realised profit or loss of the closed part
   * @param trades number of trades with a value, which are included
   * @param pending number of trades without a value yet
   */
  record State(BigDecimal holding, BigDecimal cost, BigDecimal realised, long trades, long pending) {
    static final State NONE = new State(Amounts.ZERO, Amounts.ZERO, Amounts.ZERO, 0, 0);
  }

  Position pricedAt(BigDecimal price) {
    return new Position(holder, base, baseUntil, now, lastTrade, price);
  }

  private BigDecimal unrealised() {
    return lastPrice == null ? null : Amounts.times(now.holding(), lastPrice).subtract(now.cost());
  }

  @Override
  public Object value(String column) {
    return switch (column) {
      case "document_id" -> holder.user();
      case "asset_id" -> holder.coin().asset();
      case "asset_type" -> holder.coin().type();
      case "holding" -> now.holding();
      case "average_cost" -> now.holding().signum() == 0 ? null : Amounts.fit(Amounts.divide(now.cost(), now.holding()));
      case "cost" -> now.cost();
      case "realised" -> now.realised();
      case "last_price" -> lastPrice;
      case "unrealised" -> Amounts.fit(unrealised());
      case "trades" -> now.trades();
      case "pending_trades" -> now.pending();
      case "last_trade" -> lastTrade;
      case "base_until" -> baseUntil;
      case "base_holding" -> base.holding();
      case "base_cost" -> base.cost();
      case "base_realised" -> base.realised();
      case "base_trades" -> base.trades();
      case "base_pending" -> base.pending();
      default -> null;
    };
  }

  static Position of(Fields fields, Row row) {
    return new Position(
        new Trade.Holder(fields.text(row, "document_id"), fields.coin(row)),
        new State(
            fields.decimal(row, "base_holding"), fields.decimal(row, "base_cost"), fields.decimal(row, "base_realised"),
            fields.number(row, "base_trades"), fields.number(row, "base_pending")),
        fields.number(row, "base_until"),
        new State(
            fields.decimal(row, "holding"), fields.decimal(row, "cost"), fields.decimal(row, "realised"),
            fields.number(row, "trades"), fields.number(row, "pending_trades")),
        fields.number(row, "last_trade"),
        fields.decimal(row, "last_price"));
  }
}
