package io.cryptodm.producer.market;

import io.cryptodm.contracts.MarketRecord;
import io.cryptodm.producer.Run;
import java.time.Duration;
import java.util.List;

/** Reports which trades of an exchange are missing, and writes down what the next run has to know. For one thread. */
final class FeedReports {
  /** Trades that are missing for longer are named. */
  private static final Duration MISSING = Duration.ofSeconds(30);

  private final Exchange exchange;
  private final FeedTrades trades;
  private final Run run;
  private long rememberedAt;

  FeedReports(FeedTrades trades, Run run) {
    this.exchange = trades.exchange();
    this.trades = trades;
    this.run = run;
    this.rememberedAt = run.time().nanos();
  }

  /** Reports what has changed, and repeats all of it when that is due. False when the run ends. */
  boolean tick(long now) {
    boolean goesOn = report(now);
    if (now - rememberedAt >= MarketTail.REPEATED.toNanos()) {
      rememberedAt = now;
      goesOn &= remember();
    }
    return goesOn;
  }

  /** Says which trades have been missing for a while. */
  private void nameMissing(PairFeed feed, long now) {
    long missing = 0;
    for (TradeBook.Hole hole : feed.book().holes()) {
      // What the exchange itself does not have is listed by "gaps", and nobody can do anything about it.
      missing += !hole.isAbsent() && now - hole.since() > MISSING.toNanos() ? hole.last() - hole.first() + 1 : 0;
    }
    if (missing == feed.namedMissing()) {
      return;
    }
    feed.namedMissing(missing);
    String subject = "trades " + exchange.source() + " " + feed.pair();
    if (missing == 0) {
      run.state().resolved(subject);
    } else {
      run.state().trouble(subject, missing + " trades of " + feed.pair() + " at " + exchange.title() + " are missing", run.time().now());
    }
  }

  private boolean report(long now) {
    for (PairFeed feed : trades.feeds()) {
      if (!send(feed.reports(now))) {
        return false;
      }
      nameMissing(feed, now);
    }
    return true;
  }

  /** Writes down what the next run has to know. False when the run ends. */
  boolean remember() {
    // What has come since the last reports is not missing any more.
    if (!report(run.time().nanos())) {
      return false;
    }
    for (PairFeed feed : trades.feeds()) {
      if (!send(feed.memory())) {
        return false;
      }
    }
    return true;
  }

  private boolean send(List<MarketRecord> records) {
    for (MarketRecord record : records) {
      if (!run.report(record, exchange.source())) {
        return false;
      }
    }
    return true;
  }
}
