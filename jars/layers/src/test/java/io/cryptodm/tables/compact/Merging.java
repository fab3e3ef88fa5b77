package io.cryptodm.tables.compact;

import io.cryptodm.tables.rows.RowLayout;
import io.cryptodm.tables.rows.UpsertRule;
import java.time.Clock;
import org.apache.iceberg.Table;

/** What the writer of a table does every five minutes, at a time of the caller's choice. */
public final class Merging {
  private Merging() {}

  public static void of(Table table) {
    new SmallFiles(table, new RowLayout(table.schema(), table.sortOrder(), UpsertRule.CALCULATED), Clock.systemUTC()).merge();
  }
}
