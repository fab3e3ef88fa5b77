package io.cryptodm.tables.read;

import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;

/**
 * The way from one snapshot back to an earlier one.
 *
 * @param snapshots those behind the earlier one, from the newest to the oldest; as far as they are known when the way is lost
 * @param reached false when the way is lost: expired in between, or the earlier one lies on no way back at all
 */
public record Ancestry(List<Snapshot> snapshots, boolean reached) {

  /**
   * @param newest null for an empty table
   * @param since the earlier snapshot; null for the empty table, before the first one
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
