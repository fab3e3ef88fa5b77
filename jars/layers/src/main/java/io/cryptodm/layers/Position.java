package io.cryptodm.layers;

import io.cryptodm.tables.rows.Row;
import java.math.BigDecimal;

/**
 * What somebody holds of a coin.
 *
 * @param base what the trades before {@code baseUntil} made
 * @param now what all trades made
 * @param baseUntil microseconds since 1970
 * @param lastTrade microseconds since 1970
 * @param lastPrice null when the coin has none
 */
record Position(Trade.Holder holder, State base, long baseUntil, State now, long lastTrade, BigDecimal lastPrice) implements LayerRow {
  /**
   * What trades add up to.
   *
   * @param holding below 0 when more was sold than held
   * @param cost of the holding; below 0 as the holding, when it is what a short sale brought
   * @param realised result of what was closed again
   * @param trades those with a value, which it is made of
   * @param pending those without
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
