package io.cryptodm.optimize;

import java.util.HashSet;
import java.util.Set;
import org.apache.iceberg.ReachableFileUtil;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;

/** What a table leads to, by Iceberg's own tool and another way than ours: each snapshot's files by a plan of its own. */
final class IcebergReachableFiles {
  private IcebergReachableFiles() {}

  static Set<String> of(Table table) throws java.io.IOException {
    Set<String> files = new HashSet<>(ReachableFileUtil.metadataFileLocations(table, false));
    files.addAll(ReachableFileUtil.manifestListLocations(table));
    for (Snapshot snapshot : table.snapshots()) {
      snapshot.allManifests(table.io()).forEach(manifest -> files.add(manifest.path()));
      try (var tasks = table.newScan().useSnapshot(snapshot.snapshotId()).planFiles()) {
        tasks.forEach(
            task -> {
              files.add(task.file().location());
              task.deletes().forEach(delete -> files.add(delete.location()));
            });
      }
    }
    return files;
  }
}
