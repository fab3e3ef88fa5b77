package io.cryptodm.producer.market;

import io.cryptodm.contracts.CandleDifference;
import io.cryptodm.contracts.CandleDifference.Cause;
import io.cryptodm.contracts.CandleDifference.Sums;
import io.cryptodm.contracts.MarketRecord;
import io.cryptodm.contracts.QuoteBar;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Compares the bars of a pair with the exchange's own candles, once those have settled. The candles are the second opinion: they may be incomplete and are
 * corrected later, so a difference is looked at again before it counts as unexplained.
 */
final class CandleCheck {
  /** Candles of younger minutes may still change. */
  private static final Duration SETTLED = Duration.ofSeconds(90);

  /** How often they are asked for. */
  private static final Duration EVERY = Duration.ofMinutes(5);

  /** How long a difference is named. */
  private static final Duration NAMED = Duration.ofHours(1);

  /** Looks at a difference before nothing explains it. */
  private static final int LOOKS = 3;

  /** Digits that an exchange's floating point numbers surely have. */
  private static final MathContext SAME = new MathContext(12);

  private final PairFeed feed;
  private final MinuteBars bars;
  private final TreeMap<Instant, Integer> looks = new TreeMap<>();
  private final Map<Instant, CandleDifference> reported = new HashMap<>();
  private Instant next;
  private Instant askAfter = Instant.EPOCH;

  CandleCheck(PairFeed feed, MinuteBars bars) {
    this.feed = feed;
    this.bars = bars;
  }

  /** Minutes whose candles are wanted; {@code to} is exclusive. */
  record Span(Instant from, Instant to) {}

  /** A minute is complete: it will be compared. */
  void complete(Instant minute) {
    next = next == null || minute.isBefore(next) ? minute : next;
  }

  /** The minutes to ask for now; null for none. @param most minutes of one question */
  Span due(int most) {
    if (next == null || feed.provenTo().isBefore(askAfter)) {
      return null;
    }
    Instant to = MinuteBars.minuteOf(feed.provenTo().minus(SETTLED));
    Instant from = looks.isEmpty() || looks.firstKey().isAfter(next) ? next : looks.firstKey();
    if (!from.isBefore(to)) {
      return null;
    }
    Instant end = from.plus(MinuteBars.MINUTE.multipliedBy(most));
    return new Span(from, end.isBefore(to) ? end : to);
  }

  /** The exchange has not answered: it is asked again later. */
  void postpone() {
    askAfter = feed.provenTo().plus(EVERY);
  }

  /** The exchange has answered. The reports of minutes whose difference has changed. */
  List<MarketRecord> compare(Span asked, List<QuoteBar> candles) {
    askAfter = feed.provenTo().plus(EVERY);
    Map<Instant, QuoteBar> theirs = candles.stream().collect(Collectors.toMap(QuoteBar::start, Function.identity(), (one, other) -> one));
    List<MarketRecord> reports = new ArrayList<>();
    for (Instant minute = asked.from; minute.isBefore(asked.to); minute = minute.plus(MinuteBars.MINUTE)) {
      if (bars.isWhole(minute)) {
        compare(minute, bars.bar(minute), theirs.get(minute), reports);
      }
    }
    next = next.isBefore(asked.to) ? asked.to : next;
    // The table keeps what was found; here it would be named for ever.
    Instant past = asked.to.minus(NAMED);
    reported.keySet().removeIf(minute -> minute.isBefore(past));
    return reports;
  }

  private void compare(Instant minute, QuoteBar ours, QuoteBar theirs, List<MarketRecord> reports) {
    CandleDifference before = reported.get(minute);
    if (isSame(ours, theirs)) {
      looks.remove(minute);
      if (before != null) {
        reported.remove(minute);
        reports.add(new CandleDifference(feed.pair(), minute, sums(ours), sums(theirs), Cause.NONE));
      }
      return;
    }
    int looked = looks.merge(minute, 1, Integer::sum);
    Cause cause = cause(minute, ours, theirs, looked);
    if (cause == Cause.UNEXPLAINED || cause == Cause.LATE_TRADE || looked > 10) {
      looks.remove(minute);
    }
    CandleDifference difference = new CandleDifference(feed.pair(), minute, sums(ours), sums(theirs), cause);
    if (!difference.equals(before)) {
      reported.put(minute, difference);
      reports.add(difference);
    }
  }

  private Cause cause(Instant minute, QuoteBar ours, QuoteBar theirs, int looked) {
    if (feed.book().hasHoleIn(minute, minute.plus(MinuteBars.MINUTE)) || bars.isUnsure(minute)) {
      return Cause.HOLE;
    }
    if (bars.isLate(minute)) {
      return Cause.LATE_TRADE;
    }
    boolean isLess = theirs == null || ours != null && theirs.volume().compareTo(ours.volume()) < 0;
    return isLess && looked < LOOKS ? Cause.INCOMPLETE_CANDLE : Cause.UNEXPLAINED;
  }

  /** The minutes whose difference nothing explains. */
  long unexplained() {
    return reported.values().stream().filter(its -> its.cause() == Cause.UNEXPLAINED).count();
  }

  private static boolean isSame(QuoteBar ours, QuoteBar theirs) {
    if (ours == null || theirs == null) {
      return ours == theirs;
    }
    return isSame(ours.open(), theirs.open())
        && isSame(ours.high(), theirs.high())
        && isSame(ours.low(), theirs.low())
        && isSame(ours.close(), theirs.close())
        && isSame(ours.volume(), theirs.volume());
  }

  private static boolean isSame(BigDecimal one, BigDecimal other) {
    return one.round(SAME).compareTo(other.round(SAME)) == 0;
  }

  private static Sums sums(QuoteBar bar) {
    return bar == null ? null : new Sums(bar.open(), bar.high(), bar.low(), bar.close(), bar.volume());
  }
}
