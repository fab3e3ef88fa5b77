package io.cryptodm.producer.market;

import io.cryptodm.contracts.MarketRecord;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.TradeWatch;
import io.cryptodm.producer.Run;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** What earlier runs have watched and this one does not follow: it is repeated all the same, so that a run that follows it again goes on there. */
final class UnfollowedTrades {
  private final Map<String, Map<Pair, PairFeed>> bySource = new LinkedHashMap<>();
  private final Run run;
  private long rememberedAt;

  UnfollowedTrades(Run run) {
    this.run = run;
    this.rememberedAt = run.time().nanos();
  }

  /** Takes a record of an earlier run, as {@link PairFeed#restore}. */
  void restore(String source, MarketRecord record, Instant producedAt, Instant from) {
    Map<Pair, PairFeed> feeds = bySource.computeIfAbsent(source, its -> new LinkedHashMap<>());
    // Only exchanges whose ids count up have records of what was watched, and these repeat all that was before.
    PairFeed feed = record instanceof TradeWatch ? feeds.computeIfAbsent(record.pair(), pair -> new PairFeed(pair, true)) : feeds.get(record.pair());
    if (feed != null) {
      feed.restore(record, producedAt, from, run.time().nanos());
    }
  }

  /** Repeats it when that is due. False when the run ends. */
  boolean tick(long now) {
    if (now - rememberedAt < MarketTail.REPEATED.toNanos()) {
      return true;
    }
    rememberedAt = now;
    return remember();
  }

  /** Writes down what the next run has to know. False when the run ends. */
  boolean remember() {
    for (Map.Entry<String, Map<Pair, PairFeed>> ofSource : bySource.entrySet()) {
      for (PairFeed feed : ofSource.getValue().values()) {
        for (MarketRecord record : feed.memory()) {
          if (!run.report(record, ofSource.getKey())) {
            return false;
          }
        }
      }
    }
    return true;
  }
}
