package io.cryptodm.layers;

import java.math.BigDecimal;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/** Calculates gold's volumes: what users bought and sold. A trade without a price counts in the quantities, not in the values. */
final class VolumeLayer {
  private VolumeLayer() {}

  /** @param trades all trades of the period, in any order */
  static Volume of(Coin coin, int length, long start, Collection<Trade> trades) {
    BigDecimal boughtQuantity = Amounts.ZERO;
    BigDecimal soldQuantity = Amounts.ZERO;
    BigDecimal boughtValue = Amounts.ZERO;
    BigDecimal soldValue = Amounts.ZERO;
    long unvalued = 0;
    Set<String> traders = new HashSet<>();
    for (Trade trade : trades) {
      traders.add(trade.holder().user());
      BigDecimal value = trade.value();
      unvalued += value == null ? 1 : 0;
      if (trade.buy()) {
        boughtQuantity = boughtQuantity.add(trade.quantity());
        boughtValue = Amounts.plus(boughtValue, value);
      } else {
        soldQuantity = soldQuantity.add(trade.quantity());
        soldValue = Amounts.plus(soldValue, value);
      }
    }
    return new Volume(
        coin, length, start, trades.size(), traders.size(), unvalued, boughtQuantity, soldQuantity, boughtValue, soldValue);
  }
}
