package io.cryptodm.layers;

import java.math.BigDecimal;
import java.util.Collection;
import java.util.TreeSet;

/** Calculates gold's candles. Prices and volume come from traded minutes only; a candle without any is flat at the carried price. */
final class CandleLayer {
  private CandleLayer() {}

  /**
   * A candle of the shortest period.
   *
   * @param minutes of the grid in it, in order, at least one
   * @param newest the newest known minute of the coin
   */
  static Candle ofMinutes(long start, Collection<Minute> minutes, long newest) {
    Sum sum = new Sum();
    minutes.forEach(sum::add);
    return sum.candle(minutes.iterator().next().coin(), Period.FIVE_MINUTES, start, newest);
  }

  /** @param parts its candles of the next shorter period, in order, at least one */
  static Candle ofCandles(Period period, long start, Collection<Candle> parts, long newest) {
    Sum sum = new Sum();
    parts.forEach(sum::add);
    return sum.candle(parts.iterator().next().coin(), period, start, newest);
  }

  /** Adds up minutes or candles, in order of time. */
  private static final class Sum {
    private BigDecimal open;
    private BigDecimal high;
    private BigDecimal low;
    private BigDecimal close;
    private BigDecimal carriedPrice;
    private BigDecimal volume;
    private BigDecimal turnover;
    private BigDecimal vwapVolume = Amounts.ZERO;
    private Long tradeCount;
    private int traded;
    private int carried;
    private int missing;
    private final TreeSet<String> tradedSources = new TreeSet<>();
    private final TreeSet<String> carriedSources = new TreeSet<>();

    void add(Minute minute) {
      switch (minute.state()) {
        case TRADED -> {
          Bar bar = minute.bar();
          prices(bar.open(), bar.high(), bar.low(), bar.close());
          volume = Amounts.plus(volume, bar.volume());
          if (bar.vwap() != null) {
            turnover = Amounts.plus(turnover, Amounts.times(bar.vwap(), bar.volume()));
            vwapVolume = vwapVolume.add(bar.volume());
          }
          count(bar.tradeCount());
          tradedSources.add(bar.source());
          traded++;
        }
        case CARRIED -> {
          carriedPrice = minute.price();
          carriedSources.add(minute.source());
          volume = Amounts.plus(volume, Amounts.ZERO);
          carried++;
        }
        case MISSING -> missing++;
      }
    }

    void add(Candle part) {
      if (part.traded() > 0) {
        prices(part.open(), part.high(), part.low(), part.close());
        count(part.tradeCount());
        tradedSources.addAll(part.sources());
      } else if (part.carried() > 0) {
        carriedPrice = part.close();
        carriedSources.addAll(part.sources());
      }
      volume = Amounts.plus(volume, part.volume());
      turnover = Amounts.plus(turnover, part.turnover());
      vwapVolume = vwapVolume.add(part.vwapVolume());
      traded += part.traded();
      carried += part.carried();
      missing += part.missing();
    }

    private void prices(BigDecimal itsOpen, BigDecimal itsHigh, BigDecimal itsLow, BigDecimal itsClose) {
      open = open == null ? itsOpen : open;
      high = high == null ? itsHigh : high.max(itsHigh);
      low = low == null ? itsLow : low.min(itsLow);
      close = itsClose;
    }

    private void count(Long trades) {
      if (trades != null) {
        tradeCount = tradeCount == null ? trades : tradeCount + trades;
      }
    }

    Candle candle(Coin coin, Period period, long start, long newest) {
      boolean flat = traded == 0;
      return new Candle(
          coin,
          period,
          start,
          flat ? carriedPrice : open,
          flat ? carriedPrice : high,
          flat ? carriedPrice : low,
          flat ? carriedPrice : close,
          volume,
          turnover,
          vwapVolume,
          // Only a flat candle has 0 trades; null stays for a source that does not count trades.
          flat && carried > 0 ? Long.valueOf(0) : tradeCount,
          traded,
          carried,
          missing,
          newest >= start + period.minutes(),
          flat ? carriedSources : tradedSources);
    }
  }
}
