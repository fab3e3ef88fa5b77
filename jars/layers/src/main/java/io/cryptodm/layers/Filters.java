package io.cryptodm.layers;

import java.util.Collection;
import java.util.List;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;

/** Filters by which a scan skips files. They may let other rows through, so the caller still checks each row. */
final class Filters {
  /** A filter with more values costs more than it saves. */
  private static final int MAX_LISTED = 200;

  private Filters() {}

  /** Rows whose time is in a range of minutes; {@code to} is exclusive. */
  static Expression between(String column, long from, long to) {
    return Expressions.and(from(column, from), before(column, to));
  }

  private static Expression from(String column, long minute) {
    return minute == Long.MIN_VALUE ? Expressions.alwaysTrue() : Expressions.greaterThanOrEqual(column, EpochMinutes.toMicros(minute));
  }

  private static Expression before(String column, long minute) {
    return minute == Long.MAX_VALUE ? Expressions.alwaysTrue() : Expressions.lessThan(column, EpochMinutes.toMicros(minute));
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
