package io.cryptodm.layers;

import java.math.BigDecimal;

/**
 * Calculates gold's positions by average cost, long and short. A trade that increases a holding adds its value to the cost. A trade that reduces it
 * removes the cost of the closed share and realises the difference; a quantity beyond the holding opens the other side at the price of the trade.
 * A negative holding is short, with its proceeds as the cost.
 */
final class PositionLayer {
  private PositionLayer() {}

  /** The state after one more trade; those of a holder come in the order of {@link Trade#IN_TIME}. */
  static Position.State after(Position.State before, Trade trade) {
    BigDecimal value = trade.value();
    if (value == null) {
      return new Position.State(before.holding(), before.cost(), before.realised(), before.trades(), before.pending() + 1);
    }
    BigDecimal change = trade.buy() ? trade.quantity() : trade.quantity().negate();
    BigDecimal paid = trade.buy() ? value : value.negate();
    BigDecimal holding = before.holding();
    BigDecimal cost = before.cost();
    BigDecimal realised = before.realised();
    if (holding.signum() * change.signum() < 0) {
      BigDecimal closed = holding.abs().min(change.abs());
      // Closing everything removes the whole cost, so that no rounding error stays.
      BigDecimal itsCost = closed.compareTo(holding.abs()) == 0 ? cost : Amounts.share(cost, closed, holding.abs());
      BigDecimal itsPaid = closed.compareTo(change.abs()) == 0 ? paid : Amounts.share(paid, closed, change.abs());
      realised = realised.subtract(itsPaid).subtract(itsCost);
      cost = cost.subtract(itsCost).add(paid.subtract(itsPaid));
    } else {
      cost = cost.add(paid);
    }
    return new Position.State(
        Amounts.clamp(holding.add(change)), Amounts.clamp(cost), Amounts.clamp(realised), before.trades() + 1, before.pending());
  }
}
