package io.cryptodm.tables.compact;

import io.cryptodm.tables.origin.ForeignCommits;
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

/** Merges the position deletes of each partition into one file, without those for files that no longer exist. */
public final class PositionDeletes {
  private final Table table;
  private final TableFiles files;

  public PositionDeletes(Table table) {
    this(table, TableFiles.ofMany(table));
  }

  /** @param files may have read deletes before */
  PositionDeletes(Table table, TableFiles files) {
    this.table = table;
    this.files = files;
  }

  /**
   * Merges the deletes of a partition that has many, or has some that delete nothing.
   *
   * @param from number of delete files from which a partition counts as having many
   * @param most upper limit of the partitions, each of which is a commit
   * @return by how many the files became fewer
   */
  public long merge(int from, int most) {
    table.refresh();
    Snapshot base = table.currentSnapshot();
    if (base == null || base.deleteManifests(table.io()).isEmpty()) {
      return 0;
    }
    FilesByPartition present = new FilesByPartition(table, files);
    Map<PartitionKey, List<FileScanTask>> data = present.data();
    ForeignCommits foreign = ForeignCommits.of(table);
    MergeCommit commit = new MergeCommit(table, files);
    long fewer = 0;
    int commits = 0;
    for (Map.Entry<PartitionKey, List<DeleteFile>> entry : present.deletes().entrySet()) {
      PartitionKey partition = entry.getKey();
      List<DeleteFile> deletes = entry.getValue();
      if (!deletes.stream().allMatch(delete -> delete.content() == FileContent.POSITION_DELETES && !foreign.wrote(delete))) {
        // Equality deletes, which this lake never writes, or deletes of another engine that nobody has dealt with.
        continue;
      }
      List<TableFiles.Position> live = livePositions(data.getOrDefault(partition, List.of()));
      // Deletes for a replaced file stay behind, and distort the row count that Iceberg derives from their number.
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
    // With the sequence number of the youngest one replaced, so that it deletes nothing that was written later.
    rewrite.addFile(merged, deletes.stream().mapToLong(DeleteFile::dataSequenceNumber).max().getAsLong());
    return List.of(merged.location());
  }
}
