package io.cryptodm.tables.compact;

import io.cryptodm.tables.origin.ForeignCommits;
import io.cryptodm.tables.rows.RowLayout;
import io.cryptodm.tables.storage.HotFileName;
import io.cryptodm.tables.storage.RowMerge;
import io.cryptodm.tables.storage.TableFiles;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.RewriteFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Merges the small files that a writer leaves: sealed files, files of catch-ups, position deletes of late revisions. Eight files of one size class
 * become one file of the next, so that a partition has a bounded number of files and a row is rewritten a few times at most. Large files are left
 * to the maintenance job. Each merge is a commit that only moves rows; one that loses a race is left for the next time.
 */
final class SmallFiles {
  /** Number of files of one size class, or of position deletes of one partition, that are merged. */
  static final int FACTOR = 8;

  /** Files of at least this many bytes are not merged. */
  private static final long LARGE = 16L << 20;

  /** Upper limit of the files that one merge reads at once. */
  private static final int MOST_INPUTS = 32;

  /** Upper limit of the merges in a row, because they use the same processors as the writer. */
  private static final int MOST_MERGES = 16;

  /** A writer may be replacing a hot file that is younger than this. */
  private static final Duration YOUNG = Duration.ofMinutes(10);

  private static final Logger LOG = LoggerFactory.getLogger(SmallFiles.class);

  private final Table table;
  private final RowLayout layout;
  private final Clock clock;
  private final TableFiles files;
  private final RowMerge merge;
  private final MergeCommit commit;
  private int merges;

  SmallFiles(Table table, RowLayout layout, Clock clock) {
    this.table = table;
    this.layout = layout;
    this.clock = clock;
    this.files = TableFiles.ofMany(table);
    this.merge = new RowMerge(table, files);
    this.commit = new MergeCommit(table, files);
  }

  /** @return by how many the files became fewer */
  int merge() {
    if (table.currentSnapshot() == null || layout.schema().columns().size() != table.schema().columns().size()) {
      // A column was added after the writer started, so the writer's layout no longer matches the table.
      return 0;
    }
    table.refresh();
    int fewer = 0;
    ForeignCommits foreign = ForeignCommits.of(table);
    if (!foreign.isEmpty()) {
      LOG.warn("{}: files of {} commits by other engines are not merged until somebody has dealt with them", table.name(), foreign.open().size());
    }
    Snapshot base = table.currentSnapshot();
    for (Map.Entry<PartitionKey, List<FileScanTask>> entry : new FilesByPartition(table, files).data().entrySet()) {
      fewer += mergeData(entry.getKey(), entry.getValue(), foreign, base);
    }
    return fewer + (int) new PositionDeletes(table, files).merge(FACTOR, MOST_MERGES);
  }

  private int mergeData(PartitionKey partition, List<FileScanTask> tasks, ForeignCommits foreign, Snapshot base) {
    long young = firstYoungSequence();
    Map<Integer, List<FileScanTask>> byTier = new TreeMap<>();
    for (FileScanTask task : tasks) {
      DataFile file = task.file();
      boolean hot = HotFileName.isOf(file) && file.dataSequenceNumber() >= young;
      if (!hot && file.fileSizeInBytes() < LARGE && !foreign.touched(task)) {
        byTier.computeIfAbsent(tier(file.fileSizeInBytes()), its -> new ArrayList<>()).add(task);
      }
    }
    int fewer = 0;
    for (List<FileScanTask> its : byTier.values()) {
      for (int from = 0; its.size() - from >= FACTOR; from += MOST_INPUTS) {
        List<FileScanTask> inputs = its.subList(from, Math.min(its.size(), from + MOST_INPUTS));
        boolean allowed = merges++ < MOST_MERGES && !MaintenanceMark.isSet(table, clock);
        boolean merged = allowed && commit.commit(base, rewrite -> replace(inputs, partition, rewrite));
        fewer += merged ? inputs.size() - 1 : 0;
      }
    }
    return fewer;
  }

  /** Size class: 0 below 256 KiB, 1 below 2 MiB, 2 below 16 MiB. */
  static int tier(long bytes) {
    return bytes < LARGE / FACTOR / FACTOR ? 0 : bytes < LARGE / FACTOR ? 1 : 2;
  }

  /** The lowest sequence number among the commits of the last 10 minutes. */
  private long firstYoungSequence() {
    long since = clock.millis() - YOUNG.toMillis();
    long sequence = Long.MAX_VALUE;
    for (Snapshot snapshot : table.snapshots()) {
      if (snapshot.timestampMillis() >= since) {
        sequence = Math.min(sequence, snapshot.sequenceNumber());
      }
    }
    return sequence;
  }

  private List<String> replace(List<FileScanTask> inputs, PartitionKey partition, RewriteFiles rewrite) {
    DataFile merged = merge.merge(inputs, partition);
    inputs.forEach(task -> rewrite.deleteFile(task.file()));
    if (merged.recordCount() > 0) {
      rewrite.addFile(merged);
    }
    return List.of(merged.location());
  }
}
