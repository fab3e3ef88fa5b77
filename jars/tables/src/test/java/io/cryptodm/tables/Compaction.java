package io.cryptodm.tables;

import io.cryptodm.tables.rows.KeyedRow;
import io.cryptodm.tables.rows.RowLayout;
import io.cryptodm.tables.rows.UpsertRule;
import io.cryptodm.tables.storage.TableFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.RewriteFiles;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;

/** Compacts a table as the maintenance does: all files of a day become one. */
public final class Compaction {
  private Compaction() {}

  public static void of(Table table) {
    RowLayout layout = new RowLayout(table.schema(), table.sortOrder(), UpsertRule.QUOTES);
    TableFiles files = new TableFiles(table, table.schema());
    Map<PartitionKey, List<KeyedRow>> rows = new HashMap<>();
    RewriteFiles rewrite = table.newRewrite().validateFromSnapshot(table.currentSnapshot().snapshotId());
    try (CloseableIterable<FileScanTask> tasks = table.newScan().planFiles()) {
      for (FileScanTask task : tasks) {
        PartitionKey partition = new PartitionKey(table.spec(), table.schema());
        partition.set(0, task.file().partition().get(0, Object.class));
        List<KeyedRow> its = rows.computeIfAbsent(partition, all -> new ArrayList<>());
        files.read(task, (row, position) -> its.add(new KeyedRow(layout.keyOf(row), row, 0, 0)));
        rewrite.deleteFile(task.file());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    rows.forEach((partition, its) -> rewrite.addFile(files.write(its, partition, new TableFiles.Kind(false, false))));
    rewrite.commit();
  }
}
