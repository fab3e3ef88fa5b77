package io.cryptodm.tables.read;

import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;

/**
 * The snapshots between a snapshot and an earlier one, along its parents.
 *
 * @param snapshots those after the earlier one, newest first; if it was not reached, as many as are still known
 * @param reached false if a snapshot in between has expired, or the earlier one is no ancestor
 */
public record Ancestry(List<Snapshot> snapshots, boolean reached) {

  /**
   * @param newest null for an empty table
   * @param since the earlier snapshot; null for the table before its first snapshot
   */
  public static Ancestry of(Table table, Snapshot newest, Long since) {
    List<Snapshot> snapshots = new ArrayList<>();
    Snapshot at = newest;
    while (at != null && (since == null || at.snapshotId() != since)) {
      snapshots.add(at);
      if (at.parentId() == null) {
        return new Ancestry(snapshots, since == null);
      }
      at = table.snapshot(at.parentId());
    }
    return new Ancestry(snapshots, at != null || newest == null && since == null);
  }
}
