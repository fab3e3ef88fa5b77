package io.cryptodm.layers;

import io.cryptodm.tables.read.TableReader;
import java.util.HashMap;
import java.util.Map;
import org.apache.iceberg.expressions.Expressions;

/**
 * Where each later name of a renamed coin begins: with its first bar. What was watched under that name before says nothing about the coin, which
 * was traded under another name then.
 */
final class FirstBars {
  private final TableReader quotes;
  private final Fields fields;
  private final CoinNames names;
  private final Map<Coin, Long> begins = new HashMap<>();

  FirstBars(TableReader quotes, CoinNames names) {
    this.quotes = quotes;
    this.fields = new Fields(quotes.columns());
    this.names = names;
  }

  /** Looks for the first bars in the table. */
  void load() {
    begins.clear();
    if (!names.laterNames().isEmpty()) {
      quotes.refresh();
      quotes.scan(
          Expressions.in("asset_id", names.laterNames().toArray()), row -> note(fields.coin(row), fields.minute(row, "start_window")));
    }
  }

  /** The minute from which on a name says something about its coin; the highest number before its first bar. */
  long begin(Coin named) {
    return names.isLater(named.asset()) ? begins.getOrDefault(named, Long.MAX_VALUE) : Long.MIN_VALUE;
  }

  /** Notes a bar. @return true if it is the first one of a later name, so far */
  boolean note(Coin named, long minute) {
    boolean first = names.isLater(named.asset()) && minute <= begin(named);
    if (first) {
      begins.put(named, minute);
    }
    return first;
  }
}
