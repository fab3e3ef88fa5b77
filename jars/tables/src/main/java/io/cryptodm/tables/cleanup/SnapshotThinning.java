package io.cryptodm.tables.cleanup;

import io.cryptodm.tables.origin.ForeignCommits;
import io.cryptodm.tables.storage.ManifestExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.iceberg.ExpireSnapshots;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotRef;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableProperties;

/**
 * Removes most snapshots of a table with a commit each second, because every commit writes the list of all of them. All snapshots of the last 10
 * minutes stay, then one per 10 minutes for a day, then one per hour, up to the table's own age limit.
 */
public final class SnapshotThinning {
  /** Younger snapshots all stay: a reader may be using any of them. */
  private static final Duration ALL = Duration.ofMinutes(10);

  private static final Duration FINE = Duration.ofDays(1);
  private static final Duration FINE_STEP = Duration.ofMinutes(10);
  private static final Duration COARSE_STEP = Duration.ofHours(1);

  private SnapshotThinning() {}

  /** @return number of removed snapshots */
  public static int thin(Table table, long now) {
    table.refresh();
    List<Long> expendable = expendable(table, now);
    if (!expendable.isEmpty()) {
      ForeignCommits.of(table).remember(table);
      ExpireSnapshots expire = table.expireSnapshots().planWith(ManifestExecutor.of(table));
      expendable.forEach(expire::expireSnapshotId);
      expire.commit();
    }
    return expendable.size();
  }

  /** The snapshots to remove: those that are not the newest of their time slot, not young, and not referenced by a branch or tag. */
  static List<Long> expendable(Table table, long now) {
    long limit =
        Long.parseLong(
            table.properties().getOrDefault(
                TableProperties.MAX_SNAPSHOT_AGE_MS, Long.toString(TableProperties.MAX_SNAPSHOT_AGE_MS_DEFAULT)));
    Set<Long> referenced = new HashSet<>();
    table.refs().values().stream().map(SnapshotRef::snapshotId).forEach(referenced::add);
    List<Snapshot> snapshots = new ArrayList<>();
    table.snapshots().forEach(snapshots::add);
    List<Long> expendable = new ArrayList<>();
    long slotAfter = Long.MAX_VALUE;
    // Newest first: the first one seen in a slot is the newest of the slot.
    for (int i = snapshots.size() - 1; i >= 0; i--) {
      Snapshot snapshot = snapshots.get(i);
      long age = now - snapshot.timestampMillis();
      if (age <= ALL.toMillis()) {
        continue;
      }
      long step = (age <= FINE.toMillis() ? FINE_STEP : COARSE_STEP).toMillis();
      long slot = snapshot.timestampMillis() / step * step;
      boolean newestOfSlot = slot < slotAfter;
      slotAfter = Math.min(slot, slotAfter);
      if (!referenced.contains(snapshot.snapshotId()) && (!newestOfSlot || age > limit)) {
        expendable.add(snapshot.snapshotId());
      }
    }
    return expendable;
  }
}
