package io.cryptodm.tables.compact;

import io.cryptodm.tables.storage.TableFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;

/** The files of the present snapshot by partition, without those written with another partition spec. */
final class FilesByPartition {
  private final Table table;
  private final TableFiles files;

  FilesByPartition(Table table, TableFiles files) {
    this.table = table;
    this.files = files;
  }

  /** Data files with the deletes that apply to them. */
  Map<PartitionKey, List<FileScanTask>> data() {
    Map<PartitionKey, List<FileScanTask>> byPartition = new LinkedHashMap<>();
    try (CloseableIterable<FileScanTask> planned = table.newScan().planFiles()) {
      planned.forEach(task -> addTo(byPartition, task.file(), task));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the manifests of " + table.name(), e);
    }
    return byPartition;
  }

  /** Delete files, including those that no longer delete anything. */
  Map<PartitionKey, List<DeleteFile>> deletes() {
    Map<PartitionKey, List<DeleteFile>> byPartition = new LinkedHashMap<>();
    for (ManifestFile manifest : table.currentSnapshot().deleteManifests(table.io())) {
      try (var reader = ManifestFiles.readDeleteManifest(manifest, table.io(), table.specs())) {
        for (DeleteFile file : reader) {
          addTo(byPartition, file, file.copy());
        }
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot read the manifests of " + table.name(), e);
      }
    }
    return byPartition;
  }

  private <T> void addTo(Map<PartitionKey, List<T>> byPartition, ContentFile<?> file, T entry) {
    PartitionKey partition = files.partitionOf(file);
    if (partition != null) {
      byPartition.computeIfAbsent(partition, its -> new ArrayList<>()).add(entry);
    }
  }
}
