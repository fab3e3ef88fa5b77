package io.cryptodm.layers;

import java.math.BigDecimal;
import java.util.ConcurrentModificationException;

/**
 * What users traded of a coin in an hour, as running sums of its minutes. A trade without a price counts in the quantities, not in the values.
 */
final class VolumeHour {
  private final Coin coin;
  private final long start;
  private final Sums[] minutes = new Sums[60];
  private final TraderMinutes traders = new TraderMinutes();
  private int tradedMinutes;

  /** @param start its first minute, since 1970 */
  VolumeHour(Coin coin, long start) {
    this.coin = coin;
    this.start = start;
  }

  private static final class Sums {
    private long trades;
    private long unvalued;
    private BigDecimal boughtQuantity = Amounts.ZERO;
    private BigDecimal soldQuantity = Amounts.ZERO;
    private BigDecimal boughtValue = Amounts.ZERO;
    private BigDecimal soldValue = Amounts.ZERO;

    void count(Trade trade) {
      trades++;
      if (trade.buy()) {
        boughtQuantity = boughtQuantity.add(trade.quantity());
      } else {
        soldQuantity = soldQuantity.add(trade.quantity());
      }
    }

    void addValue(Trade trade) {
      BigDecimal value = trade.value();
      unvalued += value == null ? 1 : 0;
      move(trade, value == null ? Amounts.ZERO : value);
    }

    void takeValue(Trade trade) {
      BigDecimal value = trade.value();
      unvalued -= value == null ? 1 : 0;
      move(trade, value == null ? Amounts.ZERO : value.negate());
    }

    private void move(Trade trade, BigDecimal value) {
      if (trade.buy()) {
        boughtValue = boughtValue.add(value);
      } else {
        soldValue = soldValue.add(value);
      }
    }

    void add(Sums other) {
      trades += other.trades;
      unvalued += other.unvalued;
      boughtQuantity = boughtQuantity.add(other.boughtQuantity);
      soldQuantity = soldQuantity.add(other.soldQuantity);
      boughtValue = boughtValue.add(other.boughtValue);
      soldValue = soldValue.add(other.soldValue);
    }
  }

  private Sums of(Trade trade) {
    int minute = (int) (trade.minute() - start);
    if (minutes[minute] == null) {
      minutes[minute] = new Sums();
      tradedMinutes++;
    }
    return minutes[minute];
  }

  /** Adds a trade that is not in it yet. */
  void add(Trade trade) {
    Sums sums = of(trade);
    sums.count(trade);
    sums.addValue(trade);
    traders.add(trade.holder().user(), (int) (trade.minute() - start));
  }

  /** Replaces the value of a trade that is in it. */
  void revalue(Trade before, Trade after) {
    Sums sums = of(before);
    sums.takeValue(before);
    sums.addValue(after);
  }

  /** About the memory that it takes. */
  long bytes() {
    return 1_000 + 250L * tradedMinutes + 40L * traders.ofHour();
  }

  /**
   * The volume of one of its minutes.
   *
   * @throws ConcurrentModificationException if it has no trade: then the table got trades that this process knows nothing of
   */
  Volume minute(long minute) {
    int its = (int) (minute - start);
    if (minutes[its] == null) {
      throw new ConcurrentModificationException("The trades of " + coin + " were written without an answer, so this run is repeated");
    }
    return volume(1, minute, minutes[its], traders.ofMinute(its));
  }

  Volume hour() {
    Sums all = new Sums();
    for (Sums its : minutes) {
      if (its != null) {
        all.add(its);
      }
    }
    return volume(60, start, all, traders.ofHour());
  }

  private Volume volume(int length, long from, Sums sums, int people) {
    return new Volume(
        coin, length, from, sums.trades, people, sums.unvalued, sums.boughtQuantity, sums.soldQuantity, sums.boughtValue, sums.soldValue);
  }
}
