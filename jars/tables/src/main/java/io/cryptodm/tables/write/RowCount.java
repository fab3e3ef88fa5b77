package io.cryptodm.tables.write;

import java.util.Map;
import java.util.OptionalLong;
import org.apache.iceberg.DataOperations;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;

/**
 * How many rows a table has, by the summaries of its snapshots. Iceberg's own totals say too little after a file with deletes is replaced as a
 * whole: its deletes still count. So the writer states the number with each of its commits.
 */
final class RowCount {
  /** In the summary of a snapshot; see {@code docs/contracts.md}. */
  static final String NAME = "cryptodm.rows";

  private RowCount() {}

  /**
   * The exact number; empty where nobody has stated it since the last commit by another program.
   *
   * @param snapshot null for the empty table
   */
  static OptionalLong exact(Table table, Snapshot snapshot) {
    if (snapshot == null) {
      return OptionalLong.of(0);
    }
    Snapshot at = snapshot;
    while (at != null) {
      Map<String, String> summary = at.summary();
      if (summary.containsKey(NAME)) {
        return OptionalLong.of(Long.parseLong(summary.get(NAME)));
      }
      if (summary.containsKey("total-records") && deletes(summary) == 0) {
        return OptionalLong.of(total(summary, "total-records"));
      }
      // Compactions change no row.
      at = DataOperations.REPLACE.equals(at.operation()) && at.parentId() != null ? table.snapshot(at.parentId()) : null;
    }
    return OptionalLong.empty();
  }

  /** The exact number, or else what Iceberg's totals say. */
  static long of(Table table, Snapshot snapshot) {
    return exact(table, snapshot)
        .orElseGet(() -> Math.max(0, total(snapshot.summary(), "total-records") - total(snapshot.summary(), "total-position-deletes")));
  }

  private static long deletes(Map<String, String> summary) {
    return total(summary, "total-position-deletes") + total(summary, "total-equality-deletes");
  }

  private static long total(Map<String, String> summary, String name) {
    return Long.parseLong(summary.getOrDefault(name, "0"));
  }
}
