package io.cryptodm.optimize;

import java.util.Map;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;

/**
 * How large a table is.
 *
 * @param files number of data and delete files of the present snapshot
 * @param bytes size of these files
 * @param snapshots number of snapshots kept for time travel
 * @param manifests number of manifests of the present snapshot
 */
record TableSize(long files, long bytes, long snapshots, long manifests) {
  static TableSize of(Table table) {
    table.refresh();
    Snapshot current = table.currentSnapshot();
    if (current == null) {
      return new TableSize(0, 0, 0, 0);
    }
    long snapshots = 0;
    for (Snapshot ignored : table.snapshots()) {
      snapshots++;
    }
    Map<String, String> summary = current.summary();
    return new TableSize(
        count(summary, "total-data-files") + count(summary, "total-delete-files"),
        count(summary, "total-files-size"),
        snapshots,
        current.allManifests(table.io()).size());
  }

  private static long count(Map<String, String> summary, String name) {
    return Long.parseLong(summary.getOrDefault(name, "0"));
  }

  String toJson() {
    return "{\"files\":%d,\"bytes\":%d,\"snapshots\":%d,\"manifests\":%d}".formatted(files, bytes, snapshots, manifests);
  }
}
