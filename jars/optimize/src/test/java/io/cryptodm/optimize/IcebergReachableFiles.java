package io.cryptodm.optimize;

import java.util.HashSet;
import java.util.Set;
import org.apache.iceberg.ReachableFileUtil;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;

/** The files that a table refers to, by Iceberg's own tools and one scan per snapshot, independent of ReachableFiles. */
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
