package io.cryptodm.layers;

/** Calculates silver's trades: each with the price of its minute, if that is known. */
final class ValuedTradeLayer {
  private ValuedTradeLayer() {}

  /** @param minute of the trade, or null if the grid has none */
  static Trade valued(Trade trade, Minute minute) {
    Trade.PriceState state = stateOf(minute);
    boolean pending = state == Trade.PriceState.PENDING;
    return new Trade(
        trade.id(), trade.holder(), trade.at(), trade.buy(), trade.quantity(), trade.source(), pending ? null : minute.price(), state,
        pending ? null : minute.source());
  }

  private static Trade.PriceState stateOf(Minute minute) {
    if (minute == null) {
      return Trade.PriceState.PENDING;
    }
    if (minute.isProvisional()) {
      return Trade.PriceState.PROVISIONAL;
    }
    return switch (minute.state()) {
      case TRADED -> Trade.PriceState.EXACT;
      case QUOTED -> Trade.PriceState.QUOTED;
      case CARRIED -> Trade.PriceState.CARRIED;
      case MISSING -> Trade.PriceState.PENDING;
    };
  }
}
