package io.cryptodm.tables.write;

import io.cryptodm.tables.read.CommitFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataOperations;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;

/**
 * The files of a table whose keys may exceed the property {@link HighestKeys}: what other engines, and versions of the lake before the property,
 * have added since.
 *
 * @param whole true if the property is worth nothing, so that these are all files
 * @param unbroken true if the property covers each state since the one that it was written for
 */
record UncoveredFiles(boolean whole, boolean unbroken, Collection<DataFile> files) {
  /** Each commit costs reading a manifest list. */
  private static final int MOST_COMMITS = 200;

  /** @param stated the property of the table, as both were when the table was last refreshed; the table is not empty */
  static UncoveredFiles of(Table table, Optional<HighestKeys.Stated> stated) {
    Set<Long> covered = new HashSet<>();
    stated.ifPresent(its -> covered.addAll(line(table, its)));
    // A table that was rolled back parts from the line of the property below its end.
    Deque<Snapshot> after = new ArrayDeque<>();
    Long at = table.currentSnapshot().snapshotId();
    while (!covered.contains(at)) {
      Snapshot snapshot = at == null ? null : table.snapshot(at);
      if (snapshot == null || after.size() == MOST_COMMITS) {
        return new UncoveredFiles(true, false, all(table));
      }
      after.addFirst(snapshot);
      at = snapshot.parentId();
    }
    return added(table, after);
  }

  /** The snapshots whose keys the property covers, as far as they are known: the last one may have expired. */
  private static Set<Long> line(Table table, HighestKeys.Stated stated) {
    Set<Long> line = new HashSet<>(List.of(stated.snapshot()));
    Snapshot at = table.snapshot(stated.snapshot());
    while (at != null && at.sequenceNumber() >= stated.keys().since()) {
      line.add(at.snapshotId());
      at = at.parentId() == null ? null : table.snapshot(at.parentId());
    }
    return line;
  }

  /** @param after the commits that the property does not know, oldest first */
  private static UncoveredFiles added(Table table, Iterable<Snapshot> after) {
    Map<String, DataFile> files = new LinkedHashMap<>();
    boolean unbroken = true;
    for (Snapshot snapshot : after) {
      // A compaction only moves rows: its files count if they took over those of an uncovered one.
      boolean fresh = !DataOperations.REPLACE.equals(snapshot.operation());
      if (!fresh && files.isEmpty()) {
        continue;
      }
      CommitFiles changes = CommitFiles.of(snapshot, table.io());
      for (DataFile file : changes.removed()) {
        fresh |= files.remove(file.location()) != null;
      }
      if (fresh) {
        for (DataFile file : changes.added()) {
          files.put(file.location(), file);
          unbroken = false;
        }
      }
    }
    return new UncoveredFiles(false, unbroken, files.values());
  }

  private static List<DataFile> all(Table table) {
    List<DataFile> files = new ArrayList<>();
    try (CloseableIterable<FileScanTask> planned = table.newScan().planFiles()) {
      planned.forEach(task -> files.add(task.file()));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the manifests of " + table.name(), e);
    }
    return files;
  }

  /** Rows of the files, deleted ones too. */
  long rows() {
    return files.stream().mapToLong(DataFile::recordCount).sum();
  }
}
