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

/** The present files of a table by partition, without those that were written under another partitioning. */
final class FilesByPartition {
  private final Table table;
  private final TableFiles files;

  FilesByPartition(Table table, TableFiles files) {
    this.table = table;
    this.files = files;
  }

  /** Data files, each with the deletes that apply to it. */
  Map<PartitionKey, List<FileScanTask>> data() {
    Map<PartitionKey, List<FileScanTask>> byPartition = new LinkedHashMap<>();
    try (CloseableIterable<FileScanTask> planned = table.newScan().planFiles()) {
      planned.forEach(task -> addTo(byPartition, task.file(), task));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return byPartition;
  }

  /** Delete files, also those that take away nothing any more. */
  Map<PartitionKey, List<DeleteFile>> deletes() {
    Map<PartitionKey, List<DeleteFile>> byPartition = new LinkedHashMap<>();
    for (ManifestFile manifest : table.currentSnapshot().deleteManifests(table.io())) {
      try (var reader = ManifestFiles.readDeleteManifest(manifest, table.io(), table.specs())) {
        for (DeleteFile file : reader) {
          addTo(byPartition, file, file.copy());
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
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
