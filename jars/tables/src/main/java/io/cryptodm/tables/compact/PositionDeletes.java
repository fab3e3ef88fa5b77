package io.cryptodm.tables.compact;

import io.cryptodm.tables.storage.TableFiles;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileContent;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.RewriteFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;

/** Merges the position deletes of each partition into one file, without those whose rows have gone with their file. */
public final class PositionDeletes {
  private final Table table;
  private final TableFiles files;

  public PositionDeletes(Table table) {
    this.table = table;
    this.files = new TableFiles(table, table.schema());
  }

  /**
   * Merges them where a partition has so many, or has some that take away nothing.
   *
   * @param most partitions at once, in a commit each
   * @return by how many files they became fewer
   */
  public long merge(int from, int most) {
    table.refresh();
    Snapshot base = table.currentSnapshot();
    if (base == null || base.deleteManifests(table.io()).isEmpty()) {
      return 0;
    }
    FilesByPartition present = new FilesByPartition(table, files);
    Map<PartitionKey, List<FileScanTask>> data = present.data();
    MergeCommit commit = new MergeCommit(table, files);
    long fewer = 0;
    int commits = 0;
    for (Map.Entry<PartitionKey, List<DeleteFile>> entry : present.deletes().entrySet()) {
      PartitionKey partition = entry.getKey();
      List<DeleteFile> deletes = entry.getValue();
      if (!deletes.stream().allMatch(delete -> delete.content() == FileContent.POSITION_DELETES)) {
        // By equality: no job of the lake writes them.
        continue;
      }
      List<TableFiles.Position> live = livePositions(data.getOrDefault(partition, List.of()));
      // Of a file that was replaced as a whole the deletes are left, and the number of rows is taken from their count.
      boolean stale = live.size() < deletes.stream().mapToLong(DeleteFile::recordCount).sum();
      if ((stale || deletes.size() >= from)
          && commits++ < most
          && commit.commit(base, rewrite -> replace(live, deletes, partition, rewrite))) {
        fewer += deletes.size() - 1L;
      }
    }
    return fewer;
  }

  private List<TableFiles.Position> livePositions(List<FileScanTask> tasks) {
    List<TableFiles.Position> positions = new ArrayList<>();
    for (FileScanTask task : tasks) {
      String file = task.file().location();
      files.deletes(task).forEach(position -> positions.add(new TableFiles.Position(file, (int) position)));
    }
    return positions;
  }

  private List<String> replace(List<TableFiles.Position> positions, List<DeleteFile> deletes, PartitionKey partition, RewriteFiles rewrite) {
    deletes.forEach(rewrite::deleteFile);
    if (positions.isEmpty()) {
      return List.of();
    }
    DeleteFile merged = files.writeDeletes(positions, table.spec(), partition);
    // As old as the youngest that it replaces: it takes nothing away from what was written afterwards.
    rewrite.addFile(merged, deletes.stream().mapToLong(DeleteFile::dataSequenceNumber).max().getAsLong());
    return List.of(merged.location());
  }
}
