package io.cryptodm.producer.market;

import io.cryptodm.contracts.Coverage;
import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.TradeHole;
import io.cryptodm.producer.CoverageWriter;
import io.cryptodm.producer.Run;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Sends the bars of a pair while their minutes run, and which minutes are known from the ids of its trades. */
final class PairBars {
  /** A running minute is sent again no sooner than this. */
  static final Duration PACE = Duration.ofMillis(250);

  /** A minute with a hole for this long is reported as missed; it is known all the same once the hole is closed. */
  private static final Duration MISSED = Duration.ofMinutes(1);

  /** Minutes of ids that no history has are not asked for again after this long: the topic repeats such ids for ever. */
  private static final Duration SETTLED = Duration.ofHours(1);

  private final PairFeed feed;
  private final MinuteBars bars;
  private final String source;
  private final Run run;
  private final CoverageWriter coverage;
  private final TreeSet<Instant> unknown = new TreeSet<>();
  private final CandleCheck candles;
  /** unknown minutes that were reported: told again and again, two that do not touch would be two records each time */
  private final Set<Instant> missed = new HashSet<>();
  /** minutes of holes of an earlier run, which may have died before it said that they are known */
  private final TreeSet<Instant> doubtful = new TreeSet<>();
  private Instant coveredTo;
  private Instant begin;
  private Instant newestBar;
  private long sentAt;

  PairBars(PairFeed feed, int mostMinutes, String source, Run run, CoverageWriter coverage) {
    this.feed = feed;
    this.bars = new MinuteBars(feed.pair(), mostMinutes, feed.countsIds());
    this.candles = new CandleCheck(feed, bars);
    this.source = source;
    this.run = run;
    this.coverage = coverage;
    this.sentAt = run.time().nanos() - PACE.toNanos();
  }

  MinuteBars minutes() {
    return bars;
  }

  CandleCheck candles() {
    return candles;
  }

  /** The lake has no bar of a minute after this one. @param newest null if nobody knows */
  void newestBar(Instant newest) {
    newestBar = newest;
  }

  /** The first minute whose trades are followed by this run; null before the first trade. */
  Instant begin() {
    return begin;
  }

  /** Takes a trade that was not known. */
  void take(MarketTrade trade) {
    Instant minute = MinuteBars.minuteOf(trade.time());
    if (coveredTo == null) {
      coveredTo = minute;
      begin = minute;
      bars.beginAt(minute.plus(MinuteBars.MINUTE));
      if (newestBar != null && minute.isAfter(newestBar)) {
        bars.sendEarly(minute);
      }
    }
    bars.take(trade);
  }

  /** A hole was found: minutes that had counted as complete may not be. */
  void reopen(Instant from, Instant to) {
    bars.reopen(from, to);
  }

  /** Sends what has changed and is due. False when the run ends. */
  boolean send(long now) {
    boolean isDue = now - sentAt >= PACE.toNanos();
    for (QuoteBar bar : bars.changed(isDue, this::standing)) {
      sentAt = now;
      if (!run.send(bar, source)) {
        return false;
      }
    }
    return true;
  }

  /** A minute is over when a later trade, or the exchange itself, says so; then its ids tell how far it is known. */
  private MinuteBars.Standing standing(Instant minute) {
    Instant end = minute.plus(MinuteBars.MINUTE);
    if (feed.provenTo().isBefore(end) || !bars.isWhole(minute) || feed.mayStillCome(minute, end)) {
      return MinuteBars.Standing.OPEN;
    }
    return feed.hasHoleIn(minute, end) || bars.isUnsure(minute) ? MinuteBars.Standing.SETTLED : MinuteBars.Standing.COMPLETE;
  }

  /** Nobody has the trades between two times: the minutes with the trades around them get their last bars. */
  void giveUp(Instant from, Instant to) {
    bars.askFor(MinuteBars.minuteOf(from));
    bars.askFor(MinuteBars.minuteOf(to));
  }

  /** Notes the minutes that have become known. */
  void cover() {
    if (coveredTo == null) {
      return;
    }
    for (Instant end = coveredTo.plus(MinuteBars.MINUTE); !feed.provenTo().isBefore(end); end = end.plus(MinuteBars.MINUTE)) {
      if (!note(coveredTo)) {
        unknown.add(coveredTo);
      }
      coveredTo = end;
    }
    doubtful.removeIf(this::askAgain);
    for (Instant minute : new ArrayList<>(unknown)) {
      if (note(minute)) {
        unknown.remove(minute);
        missed.remove(minute);
      } else if (Duration.between(minute, feed.provenTo()).compareTo(MISSED.multipliedBy(2)) > 0 && missed.add(minute)) {
        coverage.add(feed.pair(), Coverage.State.SOURCE_DOWN, minute, minute.plus(MinuteBars.MINUTE), source);
      }
    }
  }

  /** Has the history asked for a doubtful minute once nothing is missing in it. False while something is. */
  private boolean askAgain(Instant minute) {
    if (feed.mayStillCome(minute, minute.plus(MinuteBars.MINUTE))) {
      return false;
    }
    bars.askFor(minute);
    return true;
  }

  private boolean note(Instant minute) {
    // A minute without a trade is whole from the first one on that was.
    boolean isKnown = standing(minute) == MinuteBars.Standing.COMPLETE;
    if (isKnown) {
      coverage.add(feed.pair(), Coverage.State.OBSERVED, minute, minute.plus(MinuteBars.MINUTE), source);
      candles.complete(minute);
    }
    return isKnown;
  }

  /** Goes on after the trades of an earlier run. */
  void resume() {
    PairFeed.Resumption resumption = feed.resumption();
    if (resumption != null) {
      coveredTo = resumption.ask() == null ? resumption.wholeFrom() : resumption.ask();
      begin = coveredTo;
      bars.resume(resumption.wholeFrom(), resumption.ask());
      feed.restoredHoles().forEach(this::doubt);
    }
  }

  private void doubt(TradeHole hole) {
    if (hole.state() == TradeHole.State.ABSENT && hole.to().isBefore(coveredTo.minus(SETTLED))) {
      return;
    }
    for (Instant minute = MinuteBars.minuteOf(hole.from()); minute.isBefore(coveredTo) && !minute.isAfter(hole.to()); minute = minute.plus(MinuteBars.MINUTE)) {
      doubtful.add(minute);
      unknown.add(minute);
      missed.add(minute);
    }
  }

  /** The partial minutes of which the history is to be asked. */
  List<Instant> partial() {
    return bars.partial();
  }
}
