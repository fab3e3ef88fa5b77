package io.cryptodm.producer.market;

import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Money;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The bars of a pair, added up from its trades while their minutes still run. A minute counts only when all its trades have been taken from its begin on:
 * one that began before is asked of the history as a whole.
 */
final class MinuteBars {
  static final Duration MINUTE = Duration.ofMinutes(1);

  private final Pair pair;
  private final int most;
  private final boolean isProven;
  private final TreeMap<Instant, Sum> minutes = new TreeMap<>();
  /** minutes that have changed, or are not complete */
  private final TreeSet<Instant> open = new TreeSet<>();
  /** trades by their ids of minutes of which the begin is not known */
  private final TreeMap<Instant, Map<Long, MarketTrade>> partial = new TreeMap<>();
  /** minutes from here on are added up as their trades come */
  private Instant wholeFrom;

  /** A minute being added up. */
  private static final class Sum {
    private long openId = Long.MAX_VALUE;
    private long closeId = Long.MIN_VALUE;
    private BigDecimal open;
    private BigDecimal high;
    private BigDecimal low;
    private BigDecimal close;
    private BigDecimal volume = BigDecimal.ZERO;
    private BigDecimal notional = BigDecimal.ZERO;
    private long count;
    private boolean changed;
    /** as it was sent last */
    private boolean isComplete;
    /** a trade came after the minute was complete */
    private boolean isLate;

    private void take(MarketTrade trade) {
      if (trade.id() < openId) {
        openId = trade.id();
        open = trade.price();
      }
      if (trade.id() > closeId) {
        closeId = trade.id();
        close = trade.price();
      }
      high = high == null ? trade.price() : high.max(trade.price());
      low = low == null ? trade.price() : low.min(trade.price());
      volume = volume.add(trade.quantity());
      notional = notional.add(trade.price().multiply(trade.quantity()));
      count++;
      changed = true;
    }

    private QuoteBar bar(Pair pair, Instant start, Boolean ofAll) {
      return new QuoteBar(pair, start, open, high, low, close, volume, notional.divide(volume, Money.SCALE, RoundingMode.HALF_EVEN), count, ofAll);
    }
  }

  /**
   * Without any minute.
   *
   * @param most minutes that are kept, so that a late trade can correct them
   * @param isProven whether ids prove that a minute is complete; else its bar does not say so
   */
  MinuteBars(Pair pair, int most, boolean isProven) {
    this.pair = pair;
    this.isProven = isProven;
    this.most = most;
  }

  static Instant minuteOf(Instant time) {
    return time.truncatedTo(ChronoUnit.MINUTES);
  }

  /** All trades from the begin of a minute on are taken from now on. */
  void beginAt(Instant minute) {
    wholeFrom = wholeFrom == null || minute.isBefore(wholeFrom) ? minute : wholeFrom;
  }

  /** Whether the trades of a minute are added up. */
  boolean isWhole(Instant minute) {
    return wholeFrom != null && !minute.isBefore(wholeFrom) || minutes.containsKey(minute);
  }

  void take(MarketTrade trade) {
    Instant minute = minuteOf(trade.time());
    if (!isWhole(minute)) {
      partial.computeIfAbsent(minute, start -> new HashMap<>()).put(trade.id(), trade);
      return;
    }
    Sum sum = minutes.computeIfAbsent(minute, start -> new Sum());
    sum.isLate |= sum.isComplete;
    sum.take(trade);
    open.add(minute);
    while (minutes.size() > most) {
      Instant oldest = minutes.pollFirstEntry().getKey();
      open.remove(oldest);
      wholeFrom = wholeFrom == null || wholeFrom.isAfter(oldest) ? wholeFrom : oldest.plus(MINUTE);
    }
  }

  /** The minutes of which trades have come, but not from their begin on, newest first. */
  List<Instant> partial() {
    return new ArrayList<>(partial.descendingKeySet());
  }

  /** Adds trades of a partial minute, known or not. */
  void collect(Instant minute, List<MarketTrade> trades) {
    Map<Long, MarketTrade> its = partial.get(minute);
    if (its != null) {
      trades.forEach(trade -> its.put(trade.id(), trade));
    }
  }

  /** The history has answered for a partial minute, and all its trades were collected. */
  void complete(Instant minute) {
    Map<Long, MarketTrade> its = partial.remove(minute);
    if (its == null) {
      return;
    }
    if (minute.plus(MINUTE).equals(wholeFrom)) {
      wholeFrom = minute;
    }
    if (!its.isEmpty()) {
      Sum sum = new Sum();
      its.values().forEach(sum::take);
      minutes.put(minute, sum);
      open.add(minute);
    }
  }

  /** Forgets a partial minute, of which the history says nothing: no bar of a part of it is ever sent. */
  void leave(Instant minute) {
    partial.remove(minute);
  }

  /**
   * Goes on after an earlier run, whose trades have been taken: forgets minutes that are not whole.
   *
   * @param from the first whole minute
   * @param ask the minute before, if the history has to say its trades; null for none
   */
  void resume(Instant from, Instant ask) {
    minutes.headMap(from, false).clear();
    open.headSet(from, false).clear();
    partial.headMap(from, false).clear();
    wholeFrom = from;
    partial().forEach(this::complete);
    if (ask != null) {
      partial.put(ask, new HashMap<>());
    }
  }

  private Boolean said() {
    return isProven ? Boolean.TRUE : null;
  }

  /** Says whether a minute is complete. */
  interface Completeness {
    boolean isComplete(Instant minute);
  }

  /**
   * The bars to send now, oldest first.
   *
   * @param isDue whether bars of running minutes may be sent
   */
  List<QuoteBar> changed(boolean isDue, Completeness completeness) {
    List<QuoteBar> bars = new ArrayList<>(1);
    for (Iterator<Instant> each = open.iterator(); each.hasNext(); ) {
      Instant minute = each.next();
      Sum sum = minutes.get(minute);
      boolean isComplete = completeness.isComplete(minute);
      if (isComplete != sum.isComplete || sum.changed && (isDue || isComplete)) {
        bars.add(sum.bar(pair, minute, isComplete ? said() : Boolean.FALSE));
        sum.changed = false;
        sum.isComplete = isComplete;
      }
      if (sum.isComplete && !sum.changed) {
        each.remove();
      }
    }
    return bars;
  }

  /** A hole was found in minutes that may have counted as complete. */
  void reopen(Instant from, Instant to) {
    open.addAll(minutes.subMap(minuteOf(from), true, to, true).keySet());
  }

  /** Whether a trade of a minute came after it was complete. */
  boolean isLate(Instant minute) {
    Sum sum = minutes.get(minute);
    return sum != null && sum.isLate;
  }

  /** The bar of a minute as it is now; null without a trade. */
  QuoteBar bar(Instant minute) {
    Sum sum = minutes.get(minute);
    return sum == null ? null : sum.bar(pair, minute, said());
  }
}
