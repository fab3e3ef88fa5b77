package io.cryptodm.contracts;

import java.time.Instant;
import java.util.Objects;

/**
 * From where to where the producer has watched the trades of a pair: all ids between are known, except those of holes. It is repeated, so that a
 * producer that starts again finds it, and every open hole, near the end of the topic.
 *
 * @param first id, inclusive
 * @param last id, inclusive
 * @param until the latest time of these trades, or of the report that named the last id; null in records of a version before
 */
public record TradeWatch(Pair pair, long first, long last, Instant until) implements MarketRecord {
  /** @throws IllegalArgumentException if it holds no id */
  public TradeWatch {
    Objects.requireNonNull(pair, "pair");
    if (first < 0 || last < first) {
      throw new IllegalArgumentException("'last' must not be below 'first' " + first + " but is " + last);
    }
  }
}
