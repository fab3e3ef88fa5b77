package io.cryptodm.producer.crypto;

import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** The last bars sent of each pair, which separate new and revised bars from repeats. */
final class SentBars {
  /** More than one: two servers behind one address may answer alternately with this minute and the last one. */
  private static final int KEPT = 4;

  private final Map<Pair, TreeMap<Instant, QuoteBar>> bars = new HashMap<>();

  /** Whether this bar was sent before with the same values. */
  boolean contains(QuoteBar bar) {
    TreeMap<Instant, QuoteBar> ofPair = bars.get(bar.pair());
    return ofPair != null && bar.equals(ofPair.get(bar.start()));
  }

  void add(QuoteBar bar) {
    TreeMap<Instant, QuoteBar> ofPair = bars.computeIfAbsent(bar.pair(), pair -> new TreeMap<>());
    ofPair.put(bar.start(), bar);
    if (ofPair.size() > KEPT) {
      ofPair.pollFirstEntry();
    }
  }

  /** The newest minute sent of a pair, or null. */
  Instant newest(Pair pair) {
    TreeMap<Instant, QuoteBar> ofPair = bars.get(pair);
    return ofPair == null ? null : ofPair.lastKey();
  }
}
