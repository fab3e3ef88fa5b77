package io.cryptodm.producer.market;

import io.cryptodm.contracts.Backoff;
import io.cryptodm.contracts.Coverage;
import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.MinuteRanges;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.TradeHole;
import io.cryptodm.producer.CoverageWriter;
import io.cryptodm.producer.Run;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongConsumer;

/**
 * Takes the trades of some minutes in a row from the history of an exchange, sends those that are not known, and makes the bars of the minutes of which
 * none is missing. For one span.
 */
final class SpanFill {
  /** Questions about a hole before it counts as absent, the walk itself included. */
  private static final int MOST_ANSWERS = 3;

  private static final Backoff AGAIN = Backoff.withoutJitter(Duration.ofSeconds(1), Duration.ofSeconds(10));

  /** Minutes that become known together, so that not each is a record. */
  private static final long KNOWN_TOGETHER = 360;

  /** Rows that can't be read, at most: more of them would say nothing new. */
  private static final int MOST_REFUSED = 1000;

  private final TradePages pages;
  private final TradePlan.Part part;
  private final Pair pair;
  private final Instant from;
  private final Instant to;
  private final Run run;
  private final CoverageWriter coverage;
  private final LongConsumer progress;
  private final PairFeed feed;
  private final MinuteBars bars;
  /** minutes that are over, and not complete */
  private final TreeSet<Instant> incomplete = new TreeSet<>();
  /** rows that can't be read; each is kept once */
  private final Set<String> refused = new HashSet<>();
  /** minutes with a row that can't be read */
  private final Set<Instant> unsure = new HashSet<>();
  /** whether such a row may belong to any minute */
  private boolean isUnsure;
  private MinuteRanges known = new MinuteRanges();
  /** end of the walk so far: minutes on its other side are still to come */
  private Instant reached;
  private Instant earliest;
  private Instant latest;
  private long given;
  private long sent;
  private long absent;
  private long barsSent;

  /** @param progress hears how many minutes more are over */
  SpanFill(TradePages pages, TradePlan.Part part, MinuteRanges.Range span, Run run, CoverageWriter coverage, LongConsumer progress) {
    this.pages = pages;
    this.part = part;
    this.pair = part.pair();
    this.from = span.start();
    this.to = span.end();
    this.run = run;
    this.coverage = coverage;
    this.progress = progress;
    this.feed = new PairFeed(pair, pages.exchange().countsIds());
    this.bars = new MinuteBars(pair, Integer.MAX_VALUE, pages.exchange().countsIds());
    this.bars.beginAt(from);
    this.reached = isDown() ? to : from;
  }

  /** Trades of the span that the exchange has given. */
  long given() {
    return given;
  }

  /** Trades that were not known. */
  long sent() {
    return sent;
  }

  /** Ids that the exchange has not given, and nobody knows. */
  long absent() {
    return absent;
  }

  long bars() {
    return barsSent;
  }

  /** The first trade of the history, where that is not before the span; null else, and without any trade. */
  Instant begins() {
    return earliest == null || earliest.isBefore(from) ? null : earliest;
  }

  /** @throws InterruptedException when the run ends */
  void run() throws ExchangeException, InterruptedException {
    new TradeWalk(pages, pair, this::takePage, this::refuse).around(from, to, part.idAfter(to.plus(TradeWalk.LATE)));
    askAgain();
    reach(isDown() ? from : to);
    for (Instant minute : incomplete) {
      settle(minute);
    }
    for (TradeBook.Hole hole : holes()) {
      absent += missing(hole);
      run.report(
          new TradeHole(pair, hole.first(), hole.last(), hole.from(), hole.to(), TradeHole.State.ABSENT, "the history of the exchange has no such trades"),
          part.source());
    }
    flush();
  }

  private boolean isDown() {
    return pages.exchange().order() == Exchange.Order.BY_ID;
  }

  private void takePage(List<MarketTrade> page) {
    take(page);
    Instant min = page.stream().map(MarketTrade::time).min(Instant::compareTo).orElseThrow();
    Instant max = page.stream().map(MarketTrade::time).max(Instant::compareTo).orElseThrow();
    Instant next =
        switch (pages.exchange().order()) {
          case BY_ID -> MinuteBars.minuteOf(max.plus(TradeWalk.DISORDER)).plus(MinuteBars.MINUTE);
          case UP_BY_ID -> MinuteBars.minuteOf(min.minus(TradeWalk.LATE));
          case BY_TIME -> MinuteBars.minuteOf(min.minus(TradeWalk.DISORDER));
        };
    Instant within = next.isBefore(from) ? from : next.isAfter(to) ? to : next;
    if (isDown() ? within.isBefore(reached) : within.isAfter(reached)) {
      reach(within);
    }
  }

  private void take(List<MarketTrade> trades) {
    for (MarketTrade trade : trades) {
      earliest = earliest == null || trade.time().isBefore(earliest) ? trade.time() : earliest;
      latest = latest == null || trade.time().isAfter(latest) ? trade.time() : latest;
      boolean isNew = feed.take(trade, new TradeBook.Finding(run.time().nanos(), "the history has left them out", true));
      if (!isNew || trade.time().isBefore(from) || !trade.time().isBefore(to)) {
        continue;
      }
      given++;
      bars.take(trade);
      if (!part.known().contains(trade.id()) && run.send(trade, part.source())) {
        sent++;
      }
    }
  }

  /** A row that can't be read is kept as it came; the minute that it may belong to is not known. */
  private void refuse(Exchange.RefusedRow row) {
    if (refused.size() < MOST_REFUSED && refused.add(row.text())) {
      run.sendRefused(part.source(), row.text().getBytes(StandardCharsets.UTF_8));
    }
    if (row.time() == null) {
      isUnsure = true;
    } else {
      unsure.add(MinuteBars.minuteOf(row.time()));
    }
  }

  /** The walk has come to a time, so that the minutes before are over. */
  private void reach(Instant time) {
    Instant begin = isDown() ? time : reached;
    Instant end = isDown() ? reached : time;
    reached = time;
    long minutes = 0;
    for (Instant minute = begin; minute.isBefore(end); minute = minute.plus(MinuteBars.MINUTE)) {
      minutes++;
      if (!isComplete(minute)) {
        incomplete.add(minute);
      } else {
        settle(minute);
      }
    }
    if (known.minutes() >= KNOWN_TOGETHER) {
      flush();
    }
    progress.accept(minutes);
  }

  /** All its trades were given: the ids around it are in a row, or, where ids prove nothing, the history has come past it. */
  private boolean isComplete(Instant minute) {
    Instant end = minute.plus(MinuteBars.MINUTE);
    boolean isBetween = earliest != null && earliest.isBefore(minute) && !latest.isBefore(end);
    return isBetween && !isUnsure && !unsure.contains(minute) && !feed.hasHoleIn(minute, end);
  }

  /** Sends the bar of a minute that is complete and wants one, and says that the minute is known. */
  private void settle(Instant minute) {
    QuoteBar bar = bars.remove(minute);
    if (!isComplete(minute) || !part.bars().contains(minute)) {
      return;
    }
    if (bar != null && run.send(bar, part.source())) {
      barsSent++;
    }
    known.add(minute, minute.plus(MinuteBars.MINUTE));
  }

  /** A history may know later, or elsewhere, what it has left out. */
  private void askAgain() throws ExchangeException, InterruptedException {
    for (int answers = 1; answers < MOST_ANSWERS && !holes().isEmpty(); answers++) {
      run.pause(AGAIN.after(answers));
      for (TradeBook.Hole hole : holes()) {
        new TradeWalk(pages, pair, this::take, this::refuse).ids(hole.first(), hole.last(), hole.from(), hole.to(), answers);
      }
    }
  }

  /** Ids that are missing in the span, and are not known. */
  private List<TradeBook.Hole> holes() {
    return feed.book().holes().stream().filter(hole -> hole.from().isBefore(to) && !hole.to().isBefore(from) && missing(hole) > 0).toList();
  }

  private long missing(TradeBook.Hole hole) {
    return hole.last() - hole.first() + 1 - part.known().count(hole.first(), hole.last());
  }

  private void flush() {
    for (MinuteRanges.Range range : known.list()) {
      coverage.add(pair, Coverage.State.HISTORY, range.start(), range.end(), part.source());
    }
    coverage.flush();
    known = new MinuteRanges();
  }
}
