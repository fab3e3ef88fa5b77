package io.cryptodm.tables;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.RewriteFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.CloseableIterable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Merges what a writer leaves behind: sealed files, files of catch-ups, position deletes of late revisions. Eight files of about one size become
 * one of the next, so that a partition has a bounded number of files and a row is rewritten a few times at most; large files are left to the
 * upkeep. Each merge is a commit of its own that moves rows and changes none; one that meets another writer is given up until the next time.
 */
final class SmallFiles {
  /** Files of one size, or position deletes of one partition, that are worth a merge. */
  static final int FACTOR = 8;

  /** bytes from which on a file is no longer small */
  private static final long LARGE = 16L << 20;

  /** Most files that one merge reads at once. */
  private static final int MOST_INPUTS = 32;

  /** Most merges in a row, because the writer shares its processors with them. */
  private static final int MOST_MERGES = 16;

  /** A writer may be replacing a hot file that is younger than this. */
  private static final Duration YOUNG = Duration.ofMinutes(10);

  private static final Logger LOG = LoggerFactory.getLogger(SmallFiles.class);

  private final Table table;
  private final RowLayout layout;
  private final Clock clock;
  private final TableFiles files;
  private int merges;

  SmallFiles(Table table, RowLayout layout, Clock clock) {
    this.table = table;
    this.layout = layout;
    this.clock = clock;
    this.files = new TableFiles(table, table.schema());
  }

  /** @return files that became fewer */
  int merge() {
    if (table.currentSnapshot() == null || layout.schema().columns().size() != table.schema().columns().size()) {
      // The columns have grown since the writer began: its order of rows no longer says where they stand.
      return 0;
    }
    int before = merged(this::mergeData);
    return before + merged(this::mergeDeletes);
  }

  private interface Merge {
    int of(PartitionKey partition, List<FileScanTask> tasks, List<DeleteFile> deletes, Snapshot base);
  }

  private int merged(Merge merge) {
    table.refresh();
    merges = 0;
    Snapshot base = table.currentSnapshot();
    Map<PartitionKey, List<FileScanTask>> data = dataFiles();
    Map<PartitionKey, List<DeleteFile>> deletes = deleteFiles(base);
    data.keySet().forEach(partition -> deletes.computeIfAbsent(partition, its -> new ArrayList<>()));
    int fewer = 0;
    for (Map.Entry<PartitionKey, List<DeleteFile>> entry : deletes.entrySet()) {
      PartitionKey partition = entry.getKey();
      fewer += merge.of(partition, data.getOrDefault(partition, List.of()), entry.getValue(), base);
    }
    return fewer;
  }

  private Map<PartitionKey, List<FileScanTask>> dataFiles() {
    Map<PartitionKey, List<FileScanTask>> byPartition = new LinkedHashMap<>();
    try (CloseableIterable<FileScanTask> planned = table.newScan().filter(Expressions.alwaysTrue()).planFiles()) {
      planned.forEach(task -> addTo(byPartition, task.file(), task));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return byPartition;
  }

  /** All of them, also those that take away nothing any more. */
  private Map<PartitionKey, List<DeleteFile>> deleteFiles(Snapshot base) {
    Map<PartitionKey, List<DeleteFile>> byPartition = new LinkedHashMap<>();
    for (ManifestFile manifest : base.deleteManifests(table.io())) {
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

  private int mergeData(PartitionKey partition, List<FileScanTask> tasks, List<DeleteFile> deletes, Snapshot base) {
    long young = firstYoungSequence();
    Map<Integer, List<FileScanTask>> byTier = new TreeMap<>();
    for (FileScanTask task : tasks) {
      DataFile file = task.file();
      boolean hot = TableFiles.isHot(file) && file.dataSequenceNumber() >= young;
      if (!hot && file.fileSizeInBytes() < LARGE) {
        byTier.computeIfAbsent(tier(file.fileSizeInBytes()), its -> new ArrayList<>()).add(task);
      }
    }
    int fewer = 0;
    for (List<FileScanTask> its : byTier.values()) {
      for (int from = 0; its.size() - from >= FACTOR; from += MOST_INPUTS) {
        List<FileScanTask> inputs = its.subList(from, Math.min(its.size(), from + MOST_INPUTS));
        fewer += commit(base, rewrite -> replace(inputs, partition, rewrite)) ? inputs.size() - 1 : 0;
      }
    }
    return fewer;
  }

  /** 0 below 256 KiB, 1 below 2 MiB, 2 below 16 MiB. */
  static int tier(long bytes) {
    return bytes < LARGE / FACTOR / FACTOR ? 0 : bytes < LARGE / FACTOR ? 1 : 2;
  }

  /** The lowest sequence number of a commit that is young. */
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
    DataFile merged = files.merge(inputs, partition, layout.sorting());
    inputs.forEach(task -> rewrite.deleteFile(task.file()));
    if (merged.recordCount() > 0) {
      rewrite.addFile(merged);
    }
    return List.of(merged.location());
  }

  private int mergeDeletes(PartitionKey partition, List<FileScanTask> tasks, List<DeleteFile> deletes, Snapshot base) {
    if (deletes.isEmpty()) {
      return 0;
    }
    List<TableFiles.Position> live = livePositions(tasks);
    // Of a file that was replaced as a whole the deletes are left, and the number of rows is taken from their count.
    boolean stale = live.size() < deletes.stream().mapToLong(DeleteFile::recordCount).sum();
    boolean worthwhile = stale || deletes.size() >= FACTOR;
    return worthwhile && commit(base, rewrite -> replaceDeletes(live, deletes, partition, rewrite)) ? deletes.size() - 1 : 0;
  }

  private List<TableFiles.Position> livePositions(List<FileScanTask> tasks) {
    List<TableFiles.Position> positions = new ArrayList<>();
    for (FileScanTask task : tasks) {
      String file = task.file().location();
      files.deletes(task).forEach(position -> positions.add(new TableFiles.Position(file, (int) position)));
    }
    return positions;
  }

  private List<String> replaceDeletes(
      List<TableFiles.Position> positions, List<DeleteFile> deletes, PartitionKey partition, RewriteFiles rewrite) {
    deletes.forEach(rewrite::deleteFile);
    if (positions.isEmpty()) {
      return List.of();
    }
    DeleteFile merged = files.writeDeletes(positions, table.spec(), partition);
    // As old as the youngest that it replaces: it takes nothing away from what was written afterwards.
    rewrite.addFile(merged, deletes.stream().mapToLong(DeleteFile::dataSequenceNumber).max().getAsLong());
    return List.of(merged.location());
  }

  /** What goes into one commit; answers with the new files. */
  private interface Draft {
    List<String> into(RewriteFiles rewrite);
  }

  private boolean commit(Snapshot base, Draft draft) {
    if (++merges > MOST_MERGES) {
      return false;
    }
    List<String> written = List.of();
    try {
      RewriteFiles rewrite = table.newRewrite().validateFromSnapshot(base.snapshotId());
      written = draft.into(rewrite);
      rewrite.commit();
      return true;
    } catch (org.apache.iceberg.exceptions.CommitStateUnknownException e) {
      // It may stand: its files must stay.
      throw e;
    } catch (RuntimeException e) {
      files.discard(written);
      if (!Retry.isWorthwhile(e)) {
        throw e;
      }
      LOG.info("{}: a merge met another writer and is left for later: {}", table.name(), Retry.reason(e));
      return false;
    }
  }
}
