package io.cryptodm.layers;

import io.cryptodm.tables.storage.CommitRetry;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.iceberg.Table;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;

/**
 * Finds the minutes that an earlier version of the layers called traded, although their bars are made from quotes. They are given once to the grid,
 * which calculates them again, day by day; a table property says that it is done.
 */
final class QuotedMinutes {
  /** Table property of the grid. */
  static final String CALCULATED = "cryptodm.layers.quoted";

  private final Table grid;
  private final LayerTable<Minute> minutes;

  /** Days since 1970 with such minutes; null before they were looked for. */
  private TreeSet<Long> days;

  QuotedMinutes(Table grid, LayerTable<Minute> minutes) {
    this.grid = grid;
    this.minutes = minutes;
  }

  /** The bars of the next day; null when no day is left. */
  GridInput next() {
    if (grid.properties().containsKey(CALCULATED)) {
      return null;
    }
    if (days == null) {
      days = new TreeSet<>();
      find(Long.MIN_VALUE, Long.MAX_VALUE, minute -> days.add((long) EpochMinutes.toEpochDay(minute.start())));
    }
    Long day = days.pollFirst();
    if (day == null) {
      CommitRetry.untilCommitted(grid, () -> grid.updateProperties().set(CALCULATED, "true").commit());
      return null;
    }
    GridInput input = new GridInput((day + 1) * EpochMinutes.DAY);
    find(day * EpochMinutes.DAY, (day + 1) * EpochMinutes.DAY, minute -> input.add(minute.coin(), minute.bar()));
    return input;
  }

  private void find(long from, long to, Consumer<Minute> each) {
    Expression untraded = Expressions.or(Expressions.equal("trade_count", 0L), Expressions.isNull("trade_count"));
    Expression traded = Expressions.equal("state", Minute.State.TRADED.wire());
    minutes.scan(
        Expressions.and(Filters.between("start_window", from, to), traded, untraded),
        // A filter may let other rows through.
        minute -> {
          if (minute.isTraded() && minute.bar().isQuoted()) {
            each.accept(minute);
          }
        });
  }

  /** Call after a failure: what was given may not have been written. */
  void forget() {
    days = null;
  }
}
