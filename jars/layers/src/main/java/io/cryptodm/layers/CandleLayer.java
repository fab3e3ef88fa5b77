package io.cryptodm.layers;

import io.cryptodm.contracts.Sources;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.TreeSet;

/** Calculates gold's candles. Prices come from minutes with a bar, traded or quoted; a candle without any is flat at the carried price. */
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
    private int quoted;
    private int carried;
    private int missing;

    /** True if a part of it may still change. */
    private boolean unsettled;

    private final TreeSet<String> pricesFrom = new TreeSet<>();
    private final TreeSet<String> sources = new TreeSet<>();
    private final TreeSet<String> carriedSources = new TreeSet<>();

    void add(Minute minute) {
      unsettled |= minute.isProvisional();
      switch (minute.state()) {
        case TRADED -> {
          Bar bar = minute.bar();
          prices(bar);
          volume = Amounts.plus(volume, bar.volume());
          pricesFrom.add(Candle.TRADES);
          if (Sources.mixesQuotes(bar.source())) {
            pricesFrom.add(Candle.QUOTES);
          }
          if (bar.vwap() != null) {
            turnover = Amounts.plus(turnover, Amounts.times(bar.vwap(), bar.volume()));
            vwapVolume = vwapVolume.add(bar.volume());
          }
          count(bar.tradeCount());
          traded++;
        }
        case QUOTED -> {
          prices(minute.bar());
          volume = Amounts.plus(volume, Amounts.ZERO);
          pricesFrom.add(Candle.QUOTES);
          count(0L);
          quoted++;
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
      unsettled |= !part.closed();
      if (part.traded() + part.quoted() > 0) {
        prices(part.open(), part.high(), part.low(), part.close());
        count(part.tradeCount());
        pricesFrom.addAll(part.pricesFrom());
        sources.addAll(part.sources());
      } else if (part.carried() > 0) {
        carriedPrice = part.close();
        carriedSources.addAll(part.sources());
      }
      volume = Amounts.plus(volume, part.volume());
      turnover = Amounts.plus(turnover, part.turnover());
      vwapVolume = vwapVolume.add(part.vwapVolume());
      traded += part.traded();
      quoted += part.quoted();
      carried += part.carried();
      missing += part.missing();
    }

    private void prices(Bar bar) {
      prices(bar.open(), bar.high(), bar.low(), bar.close());
      sources.add(bar.source());
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
      boolean flat = traded + quoted == 0;
      if (flat && carried > 0) {
        pricesFrom.add(Candle.CARRIED);
      }
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
          // Null stays for a source that does not count trades.
          flat && carried > 0 ? Long.valueOf(0) : tradeCount,
          traded,
          quoted,
          carried,
          missing,
          newest >= start + period.minutes() && !unsettled,
          pricesFrom,
          flat ? carriedSources : sources);
    }
  }
}
