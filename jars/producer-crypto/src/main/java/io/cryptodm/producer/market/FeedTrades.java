package io.cryptodm.producer.market;

import io.cryptodm.contracts.MarketRecord;
import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import io.cryptodm.producer.CoverageWriter;
import io.cryptodm.producer.Run;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The trades of all pairs of an exchange, from its stream and its history: each is sent once, and added to the bar of its minute. For one thread. */
final class FeedTrades {
  private final Exchange exchange;
  private final Run run;
  private final Map<Pair, PairFeed> pairs = new LinkedHashMap<>();
  private final Map<Pair, PairBars> bars = new LinkedHashMap<>();
  private Instant newestTime = Instant.EPOCH;
  private long newestHeardAt;
  private boolean goesOn = true;

  /**
   * Begins with nothing known.
   *
   * @param barPairs pairs whose bars are made from these trades
   * @param mostMinutes minutes of a pair that are kept for corrections
   */
  FeedTrades(Exchange exchange, Collection<Pair> all, Set<Pair> barPairs, int mostMinutes, Run run, CoverageWriter coverage) {
    this.exchange = exchange;
    this.run = run;
    for (Pair pair : all) {
      PairFeed feed = new PairFeed(pair, exchange.countsIds());
      pairs.put(pair, feed);
      if (barPairs.contains(pair)) {
        bars.put(pair, new PairBars(feed, mostMinutes, exchange.source(), run, coverage));
      }
    }
  }

  Exchange exchange() {
    return exchange;
  }

  Set<Pair> pairs() {
    return pairs.keySet();
  }

  Collection<PairFeed> feeds() {
    return pairs.values();
  }

  /** What is known of a pair; null for one that is not followed. */
  PairFeed feed(Pair pair) {
    return pairs.get(pair);
  }

  /** The bars by the pairs that have any from here. */
  Map<Pair, PairBars> bars() {
    return bars;
  }

  /** False when the run ends. */
  boolean goesOn() {
    return goesOn;
  }

  /** @param isSent false when the run ends */
  void noteSent(boolean isSent) {
    goesOn &= isSent;
  }

  /** Takes what an earlier run has left in the topic. */
  void restore(MarketRecord record, Instant producedAt, Instant from) {
    PairFeed feed = pairs.get(record.pair());
    if (feed != null && feed.restore(record, producedAt, from, run.time().nanos())) {
      noteTime((MarketTrade) record);
      PairBars its = bars.get(feed.pair());
      if (its != null) {
        its.take((MarketTrade) record);
      }
    }
  }

  /** Sends a trade that is not known yet. */
  void take(PairFeed feed, MarketTrade trade, TradeBook.Finding finding) {
    int holes = feed.book().holes().size();
    if (!feed.take(trade, finding)) {
      run.state().repeatDropped();
      return;
    }
    noteTime(trade);
    noteSent(run.send(trade, exchange.source()));
    PairBars its = bars.get(feed.pair());
    if (its != null) {
      its.take(trade);
      if (feed.book().holes().size() > holes) {
        reopen(feed);
      }
    }
  }

  private void noteTime(MarketTrade trade) {
    if (trade.time().isAfter(newestTime)) {
      newestTime = trade.time();
      newestHeardAt = run.time().nanos();
    }
  }

  /** The time of the exchange, as its trades tell it. */
  Instant clock() {
    return newestTime.plusNanos(run.time().nanos() - newestHeardAt);
  }

  /** A hole was found: minutes that had counted as complete may not be. */
  void reopen(PairFeed feed) {
    PairBars its = bars.get(feed.pair());
    if (its != null) {
      feed.book().holes().forEach(hole -> its.reopen(hole.from(), hole.to()));
    }
  }

  /** Sends the bars that are due, and which minutes are known. */
  void sendBars(long now) {
    for (PairBars its : bars.values()) {
      noteSent(its.send(now));
      its.cover();
    }
  }
}
