package io.cryptodm.tables.cleanup;

import io.cryptodm.tables.storage.CommitRetry;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;

/**
 * Expires old snapshots with the files that only they need. The files are noted beforehand, so that a run that is killed between the commit and the
 * last removal leaves nothing that the next one does not know.
 */
public final class SnapshotExpiry {
  private final Table table;
  private final long before;

  /** @param before milliseconds since 1970; older snapshots go, the present one never does */
  public SnapshotExpiry(Table table, long before) {
    this.table = table;
    this.before = before;
  }

  /** What an expiry does. */
  public record Expired(long snapshots, OrphanFiles rubbish) {}

  /** What would go now. */
  public Expired foresee() {
    return CommitRetry.reading(
        () -> {
          table.refresh();
          List<Snapshot> old = table.expireSnapshots().expireOlderThan(before).retainLast(1).apply();
          Set<Long> gone = new HashSet<>();
          old.forEach(snapshot -> gone.add(snapshot.snapshotId()));
          Map<String, Long> files = ReachableFiles.of(table, old);
          List<Snapshot> kept = new java.util.ArrayList<>();
          table.snapshots().forEach(snapshot -> {
            if (!gone.contains(snapshot.snapshotId())) {
              kept.add(snapshot);
            }
          });
          files.keySet().removeAll(ReachableFiles.of(table, kept).keySet());
          return new Expired(old.size(), new OrphanFiles(files.size(), files.values().stream().mapToLong(size -> size).sum()));
        });
  }

  /** Expires them. @throws org.apache.iceberg.exceptions.CommitFailedException when a writer was quicker each time */
  public Expired run(RunRecord record) {
    table.refresh();
    List<Snapshot> old = table.expireSnapshots().expireOlderThan(before).retainLast(1).apply();
    if (old.isEmpty()) {
      return new Expired(0, OrphanFiles.NONE);
    }
    Map<String, Long> files = ReachableFiles.of(table, old);
    record.note(files.keySet());
    table.expireSnapshots().expireOlderThan(before).retainLast(1).cleanExpiredFiles(false).commit();
    return new Expired(old.size(), OrphanFiles.clear(table, files.keySet(), true));
  }
}
