package io.cryptodm.producer.crypto;

import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.Spec;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;

/**
 * A random walk of one pair, as a pure function of (seed, pair, time): every run, and every later filling of gaps, gives the same bars.
 * It is Levy's construction of a Brownian bridge: the middle of an interval is the mean of its ends plus a normal value hashed from its
 * place. At the ends of blocks of 11.4 days it returns to the coin's price, so that it stays near it (standard deviation in the middle:
 * 4%).
 */
final class RandomWalk {
  private static final int TICK_BITS = 6;
  private static final int TICKS = 1 << TICK_BITS;
  private static final int BLOCK_BITS = 14;
  private static final double MINUTE_DEVIATION = 0.0006;
  private static final double MINUTES_PER_YEAR = 365.25 * 24 * 60;
  private static final long DRIFT_FROM_MINUTE = Instant.parse("2025-01-01T00:00:00Z").getEpochSecond() / 60;
  /** Value of the trades of an average minute, in the quote currency. */
  private static final double MINUTE_VALUE = 40_000;

  private final Pair pair;
  private final double price;
  private final double yearlyGrowth;
  private final long key;
  private final int priceDecimals;
  private final int volumeDecimals;

  private long pathMinute = Long.MIN_VALUE;
  private final double[] path = new double[TICKS + 1];

  RandomWalk(Spec.Coin coin, long seed) {
    this.pair = coin.pair();
    this.price = coin.price().doubleValue();
    this.yearlyGrowth = StrictMath.log1p(Math.max(-0.99, coin.drift()));
    this.key = mix(seed ^ mix(hash(coin.pair().toString())));
    this.priceDecimals = priceDecimals(price);
    this.volumeDecimals = price < 0.01 ? 2 : 8;
  }

  /** The complete bar of a minute. */
  QuoteBar bar(Instant start) {
    return bar(start, 1);
  }

  /**
   * The bar of a running minute.
   *
   * @param elapsed elapsed part of the minute, 0 to 1
   */
  QuoteBar bar(Instant start, double elapsed) {
    long minute = Math.floorDiv(start.getEpochSecond(), 60L);
    fillPath(minute);
    int last = Math.max(1, Math.min(TICKS, (int) Math.ceil(elapsed * TICKS)));
    BigDecimal open = priced(path[0]);
    double low = path[0];
    double high = path[0];
    double sum = 0;
    for (int i = 1; i <= last; i++) {
      low = Math.min(low, path[i]);
      high = Math.max(high, path[i]);
      sum += path[i];
    }
    BigDecimal lowest = priced(low);
    BigDecimal highest = priced(high);
    // Busy minutes are up to about ten times as busy as quiet ones.
    double activity = StrictMath.exp(0.8 * normal(minute, 1));
    double value = MINUTE_VALUE * activity * Math.max(elapsed, 1e-6);
    BigDecimal volume = BigDecimal.valueOf(value / price).setScale(volumeDecimals, RoundingMode.HALF_EVEN);
    long trades = Math.max(1, Math.round(60 * activity * elapsed));
    BigDecimal vwap = priced(sum / last).max(lowest).min(highest);
    return new QuoteBar(pair, Instant.ofEpochSecond(minute * 60), open, highest, lowest, priced(path[last]), volume, vwap, trades);
  }

  private BigDecimal priced(double value) {
    BigDecimal rounded = BigDecimal.valueOf(value).setScale(priceDecimals, RoundingMode.HALF_EVEN);
    return rounded.signum() > 0 ? rounded : BigDecimal.ONE.movePointLeft(priceDecimals);
  }

  /** Fewer decimals for expensive coins, as exchanges quote them; at least five digits for the cheapest. */
  static int priceDecimals(double price) {
    if (price >= 1000) {
      return 2;
    }
    if (price >= 100) {
      return 3;
    }
    if (price >= 1) {
      return 4;
    }
    if (price >= 0.01) {
      return 6;
    }
    return price >= 0.0001 ? 8 : 12;
  }

  /** The prices at the 65 ticks of a minute; cached, because a running minute is read often. */
  private void fillPath(long minute) {
    if (minute == pathMinute) {
      return;
    }
    long block = Math.floorDiv(minute, 1L << BLOCK_BITS);
    int place = (int) Math.floorMod(minute, 1L << BLOCK_BITS);
    double left = 0;
    double right = 0;
    int from = 0;
    int to = 1 << BLOCK_BITS;
    while (to - from > 1) {
      int middle = (from + to) >>> 1;
      double value = middle(left, right, to - from, (block << (BLOCK_BITS + TICK_BITS)) + ((long) middle << TICK_BITS));
      if (place < middle) {
        to = middle;
        right = value;
      } else {
        from = middle;
        left = value;
      }
    }
    path[0] = left;
    path[TICKS] = right;
    for (int width = TICKS; width > 1; width >>= 1) {
      for (int i = 0; i < TICKS; i += width) {
        path[i + width / 2] = middle(path[i], path[i + width], (double) width / TICKS, (minute << TICK_BITS) + i + width / 2);
      }
    }
    double trend = yearlyGrowth * (minute - DRIFT_FROM_MINUTE) / MINUTES_PER_YEAR;
    for (int i = 0; i <= TICKS; i++) {
      path[i] = price * StrictMath.exp(trend + path[i]);
    }
    pathMinute = minute;
  }

  private double middle(double left, double right, double minutes, long tick) {
    return (left + right) / 2 + MINUTE_DEVIATION * Math.sqrt(minutes) / 2 * normal(tick, 0);
  }

  /** Nearly normal, mean 0, deviation 1: the sum of four even values, the same on every machine. */
  private double normal(long place, int stream) {
    long bits = mix(mix(place + stream * 0x632be59bd9b4e019L) ^ key);
    double sum = 0;
    for (int i = 0; i < 4; i++) {
      sum += (bits >>> (16 * i) & 0xffff) + 0.5;
    }
    return (sum / 65536 - 2) * Math.sqrt(3);
  }

  private static long hash(String text) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }

  /** SplitMix64's finalizer. */
  private static long mix(long z) {
    z = (z + 0x9e3779b97f4a7c15L);
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
