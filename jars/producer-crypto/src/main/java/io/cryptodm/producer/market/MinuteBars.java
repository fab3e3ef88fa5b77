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
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The bars of a pair, added up from its trades while their minutes still run. A minute is whole when all its trades have been taken from its begin on: one
 * that began before is asked of the history as a whole.
 */
final class MinuteBars {
  static final Duration MINUTE = Duration.ofMinutes(1);

  private final Pair pair;
  private final int most;
  private final boolean isProven;
  private final TreeMap<Instant, Sum> minutes = new TreeMap<>();
  /** minutes that have changed, or are not complete */
  private final TreeSet<Instant> open = new TreeSet<>();
  /** minutes of which the begin is not known */
  private final TreeMap<Instant, Partial> partial = new TreeMap<>();
  /** minutes from here on are added up as their trades come */
  private Instant wholeFrom;
  /** a minute that is sent before it is whole; null for none */
  private Instant early;

  /** How far the trades of a minute are known. */
  enum Standing {
    /** It runs, or trades of it are missing. */
    OPEN,
    /** It is over, and trades of it may be missing that nobody will give any more. */
    SETTLED,
    /** All of them are known. */
    COMPLETE
  }

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
    private Standing sent = Standing.OPEN;
    /** a trade came after the minute was complete */
    private boolean isLate;
    /** its begin is not known, or a row of the history could not be read, and nothing more will be heard of it */
    private boolean isUnsure;

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

  /** A minute of which the stream and the history give the same trades. */
  private static final class Partial {
    private final Set<Long> ids = new HashSet<>();
    private final Sum sum = new Sum();

    private void take(MarketTrade trade) {
      if (ids.add(trade.id())) {
        sum.take(trade);
      }
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
      partial.computeIfAbsent(minute, start -> new Partial()).take(trade);
      return;
    }
    Sum sum = minutes.computeIfAbsent(minute, start -> new Sum());
    sum.isLate |= sum.sent == Standing.COMPLETE;
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
    Partial its = partial.get(minute);
    if (its != null) {
      trades.forEach(its::take);
    }
  }

  /** Sends what is known of a minute before it is whole: the lake has no bar of it that this would make worse. */
  void sendEarly(Instant minute) {
    early = minute;
  }

  /** Has the history asked for a minute that is kept no longer. */
  void askFor(Instant minute) {
    if (!isWhole(minute)) {
      partial.computeIfAbsent(minute, start -> new Partial());
    }
  }

  /**
   * The history has answered for a partial minute, and all its trades were collected.
   *
   * @param isSure whether all it said could be read
   */
  void complete(Instant minute, boolean isSure) {
    Partial its = partial.remove(minute);
    if (its == null) {
      return;
    }
    if (isSure && minute.plus(MINUTE).equals(wholeFrom)) {
      wholeFrom = minute;
    }
    keep(minute, its, isSure);
  }

  /** The history says nothing about a partial minute. What was not sent before is not sent now: the lake may have more of it. */
  void leave(Instant minute) {
    Partial its = partial.remove(minute);
    if (its != null && minute.equals(early)) {
      keep(minute, its, false);
    }
  }

  /** A minute that surely has no trade is kept, too. */
  private void keep(Instant minute, Partial its, boolean isSure) {
    its.sum.isUnsure = !isSure;
    if (isSure || its.sum.count > 0) {
      minutes.put(minute, its.sum);
    }
    if (its.sum.count > 0) {
      open.add(minute);
    }
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
    partial().forEach(minute -> complete(minute, true));
    if (ask != null) {
      partial.put(ask, new Partial());
    }
  }

  private Boolean said(Standing standing) {
    return switch (standing) {
      case OPEN -> Boolean.FALSE;
      case SETTLED -> null;
      case COMPLETE -> isProven ? Boolean.TRUE : null;
    };
  }

  /** Says how far a minute is known. */
  interface Completeness {
    Standing of(Instant minute);
  }

  /**
   * The bars to send now, oldest first.
   *
   * @param isDue whether bars of running minutes may be sent
   */
  List<QuoteBar> changed(boolean isDue, Completeness completeness) {
    List<QuoteBar> bars = new ArrayList<>(1);
    Partial first = early == null ? null : partial.get(early);
    if (isDue && first != null && first.sum.changed) {
      bars.add(first.sum.bar(pair, early, Boolean.FALSE));
      first.sum.changed = false;
    }
    for (Iterator<Instant> each = open.iterator(); each.hasNext(); ) {
      Instant minute = each.next();
      Sum sum = minutes.get(minute);
      Standing standing = completeness.of(minute);
      if (standing != sum.sent || sum.changed && (isDue || standing != Standing.OPEN)) {
        bars.add(sum.bar(pair, minute, said(standing)));
        sum.changed = false;
        sum.sent = standing;
      }
      if (standing == Standing.COMPLETE) {
        each.remove();
      }
    }
    return bars;
  }

  /** A hole was found in minutes that may have counted as complete. */
  void reopen(Instant from, Instant to) {
    minutes.subMap(minuteOf(from), true, to, true).forEach((minute, sum) -> {
      if (sum.count > 0) {
        open.add(minute);
      }
    });
  }

  /** Whether a trade of a minute came after it was complete. */
  boolean isLate(Instant minute) {
    Sum sum = minutes.get(minute);
    return sum != null && sum.isLate;
  }

  /** Forgets a minute that will not change any more. @return its bar, null without a trade */
  QuoteBar remove(Instant minute) {
    QuoteBar bar = bar(minute);
    minutes.remove(minute);
    open.remove(minute);
    return bar;
  }

  /** Whether trades of a minute may be missing of which there is no id. */
  boolean isUnsure(Instant minute) {
    Sum sum = minutes.get(minute);
    return sum != null && sum.isUnsure;
  }

  /** The bar of a minute as it is now; null without a trade. */
  QuoteBar bar(Instant minute) {
    Sum sum = minutes.get(minute);
    return sum == null || sum.count == 0 ? null : sum.bar(pair, minute, said(Standing.COMPLETE));
  }
}
