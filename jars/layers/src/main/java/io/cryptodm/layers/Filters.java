package io.cryptodm.layers;

import java.util.Collection;
import java.util.List;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;

/** Filters that let a scan pass over files. Whoever scans still looks at each row: a filter that lists too much is left out. */
final class Filters {
  /** More values than these in one filter cost more than they save. */
  private static final int MAX_LISTED = 200;

  private Filters() {}

  /** Rows whose time lies in a range of minutes, {@code to} exclusive. */
  static Expression between(String column, long from, long to) {
    return Expressions.and(from(column, from), before(column, to));
  }

  private static Expression from(String column, long minute) {
    return minute == Long.MIN_VALUE ? Expressions.alwaysTrue() : Expressions.greaterThanOrEqual(column, EpochMinutes.micros(minute));
  }

  private static Expression before(String column, long minute) {
    return minute == Long.MAX_VALUE ? Expressions.alwaysTrue() : Expressions.lessThan(column, EpochMinutes.micros(minute));
  }

  static Expression coins(Collection<Coin> coins) {
    return listed("asset_id", coins.stream().map(Coin::asset).distinct().toList());
  }

  static Expression users(Collection<Trade.Holder> holders) {
    return listed("document_id", holders.stream().map(Trade.Holder::user).distinct().toList());
  }

  private static Expression listed(String column, List<String> values) {
    return values.size() > MAX_LISTED ? Expressions.alwaysTrue() : Expressions.in(column, values.toArray());
  }
}
