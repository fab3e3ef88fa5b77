package io.cryptodm.tables.cleanup;

import io.cryptodm.tables.origin.ForeignCommits;
import io.cryptodm.tables.storage.CommitRetry;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;

/**
 * Expires old snapshots and removes the files that only they need. The files are noted first, so that the next run can remove what a killed run
 * leaves between the commit and the last removal.
 */
public final class SnapshotExpiry {
  private final Table table;
  private final long before;

  /** @param before milliseconds since 1970; older snapshots expire, but never the present one */
  public SnapshotExpiry(Table table, long before) {
    this.table = table;
    this.before = before;
  }

  /** What an expiry removes. */
  public record Expired(long snapshots, OrphanFiles files) {}

  /** What an expiry would remove now. */
  public Expired preview() {
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

  /** Expires the snapshots. @throws org.apache.iceberg.exceptions.CommitFailedException if every attempt lost a race */
  public Expired run(RunRecord record) {
    table.refresh();
    List<Snapshot> old = table.expireSnapshots().expireOlderThan(before).retainLast(1).apply();
    if (old.isEmpty()) {
      return new Expired(0, OrphanFiles.NONE);
    }
    Map<String, Long> files = ReachableFiles.of(table, old);
    record.note(files.keySet());
    ForeignCommits.of(table).remember(table);
    table.expireSnapshots().expireOlderThan(before).retainLast(1).cleanExpiredFiles(false).commit();
    return new Expired(old.size(), OrphanFiles.remove(table, files.keySet(), true));
  }
}
