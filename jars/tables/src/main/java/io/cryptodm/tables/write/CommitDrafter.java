package io.cryptodm.tables.write;

import io.cryptodm.tables.origin.ForeignCommits;
import io.cryptodm.tables.rows.Digest;
import io.cryptodm.tables.rows.KeyIndex;
import io.cryptodm.tables.rows.KeyedRow;
import io.cryptodm.tables.rows.RowLayout;
import io.cryptodm.tables.storage.TableFiles;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Table;
import org.apache.iceberg.expressions.Expressions;

/** Writes the files of a commit, partition by partition. */
final class CommitDrafter {
  private static final TableFiles.Kind HOT = new TableFiles.Kind(true, true);
  private static final TableFiles.Kind SETTLED = new TableFiles.Kind(false, true);
  private static final TableFiles.Kind BULK = new TableFiles.Kind(false, false);

  private final Table table;
  private final RowLayout layout;
  private final TableFiles files;
  private final KeyedTable.Tuning tuning;
  private final Clock clock;

  CommitDrafter(Table table, RowLayout layout, TableFiles files, KeyedTable.Tuning tuning, Clock clock) {
    this.table = table;
    this.layout = layout;
    this.files = files;
    this.tuning = tuning;
    this.clock = clock;
  }

  /**
   * @param foreign their files are not replaced
   * @return locations of the existing files that the draft relies on
   */
  Set<String> draft(List<Change> changes, TaskFileReview review, WriterCache cache, ForeignCommits foreign, CommitDraft draft) {
    Map<PartitionKey, List<Change>> byPartition = new LinkedHashMap<>();
    PartitionKey key = new PartitionKey(table.spec(), layout.schema());
    for (Change change : changes) {
      key.partition(change.after().row());
      List<Change> ofPartition = byPartition.get(key);
      if (ofPartition == null) {
        ofPartition = new ArrayList<>();
        byPartition.put(key.copy(), ofPartition);
      }
      ofPartition.add(change);
    }
    adoptSmallFiles(byPartition, cache, foreign);
    // A file that has just become the hot one of its partition loses its rows in memory; it is replaced as a whole.
    for (TaskFileReview.Superseded its : review.superseded()) {
      if (cache.hot().holding(its.key()) != null) {
        review.shrunk().add(cache.hot().take(its.key()));
      }
    }
    // Only now: these have their hot files, and get no other.
    review.shrunk().forEach(partition -> byPartition.computeIfAbsent(partition, its -> List.of()));
    byPartition.forEach((partition, ofPartition) -> draftPartition(partition, ofPartition, cache, draft));
    return draftRemovals(changes, review, cache, draft);
  }

  /** Makes a small file of an earlier process the hot file again, so that restarts do not pile up small files. */
  private void adoptSmallFiles(Map<PartitionKey, List<Change>> byPartition, WriterCache cache, ForeignCommits foreign) {
    Map<PartitionKey, FileScanTask> smallest = new HashMap<>();
    boolean plan = false;
    for (Map.Entry<PartitionKey, List<Change>> entry : byPartition.entrySet()) {
      if (!isBulk(entry.getValue().size()) && cache.visit(entry.getKey())) {
        plan = true;
        smallest.put(entry.getKey(), null);
      }
    }
    if (!plan || table.currentSnapshot() == null) {
      return;
    }
    for (FileScanTask task : files.plan(Expressions.alwaysTrue())) {
      PartitionKey partition = files.partitionOf(task.file());
      if (partition != null
          && smallest.containsKey(partition)
          && cache.hot().of(partition) == null
          && task.deletes().isEmpty()
          && !isBulk(task.file().recordCount())
          && !foreign.wrote(task.file())) {
        smallest.merge(partition, task, (one, other) -> one.file().recordCount() >= other.file().recordCount() ? one : other);
      }
    }
    smallest.forEach(
        (partition, task) -> {
          if (task != null && !cache.hot().isFull()) {
            cache.hot().put(partition, hotFileOf(task, cache.files()));
          }
        });
  }

  private HotFile hotFileOf(FileScanTask task, FileNumbers known) {
    List<KeyedRow> rows = new ArrayList<>();
    files.read(task, (row, position) -> rows.add(new KeyedRow(layout.keyOf(row), row, layout.valuesOf(row), 0)));
    return new HotFile(known.reserve(), task.file(), rows);
  }

  private boolean isBulk(long rows) {
    return rows > tuning.hotRows() / 2;
  }

  private void draftPartition(PartitionKey partition, List<Change> changes, WriterCache cache, CommitDraft draft) {
    HotFile hot = cache.hot().of(partition);
    Map<Digest, KeyedRow> rows = new LinkedHashMap<>(hot == null ? Map.of() : hot.rows());
    changes.forEach(change -> rows.put(change.after().key(), change.after()));
    if (hot != null) {
      draft.removed.add(hot.file());
    }
    if (isBulk(changes.size())) {
      sealBulk(List.copyOf(rows.values()), partition, draft);
      draft.cooled.add(partition);
      return;
    }
    List<KeyedRow> fresh = new ArrayList<>(rows.values());
    if (rows.size() > tuning.hotRows()) {
      long settled = clock.millis() - tuning.settledMillis();
      List<KeyedRow> old = fresh.stream().filter(row -> row.changedAt() <= settled).toList();
      fresh.removeIf(row -> row.changedAt() <= settled);
      if (isBulk(fresh.size())) {
        old = List.copyOf(rows.values());
        fresh = List.of();
      }
      List<KeyedRow> ordered = sorted(old);
      draft.sealed.add(new CommitDraft.Sealed(files.write(ordered, partition, SETTLED), ordered));
    }
    if (fresh.isEmpty()) {
      draft.cooled.add(partition);
    } else {
      List<KeyedRow> ordered = sorted(fresh);
      int slot = hot == null ? cache.files().reserve() : hot.slot();
      draft.hot.add(new CommitDraft.Hot(partition, slot, files.write(ordered, partition, HOT), ordered));
    }
  }

  /** In the order of the topic: sorting takes a quarter of the time of a catch-up, and the maintenance job sorts anyway. */
  private void sealBulk(List<KeyedRow> rows, PartitionKey partition, CommitDraft draft) {
    List<List<KeyedRow>> parts = Parallel.parts(rows);
    DataFile[] written = new DataFile[parts.size()];
    Parallel.forEach(written.length, i -> written[i] = files.write(parts.get(i), partition, BULK));
    for (int i = 0; i < written.length; i++) {
      draft.sealed.add(new CommitDraft.Sealed(written[i], parts.get(i)));
    }
  }

  private List<KeyedRow> sorted(List<KeyedRow> rows) {
    return rows.stream().sorted((left, right) -> layout.sorting().compare(left.row(), right.row())).toList();
  }

  private Set<String> draftRemovals(List<Change> changes, TaskFileReview review, WriterCache cache, CommitDraft draft) {
    FileNumbers known = cache.files();
    Map<Integer, List<Integer>> positions = new LinkedHashMap<>();
    for (Change change : changes) {
      KeyCache.StoredRow before = change.before();
      if (before != null && review.isOwn(before)) {
        review.drop(before);
      } else if (before != null && before.position() != KeyIndex.NO_POSITION) {
        remove(before, cache, positions);
      }
    }
    review.superseded().forEach(its -> remove(its.row(), cache, positions));
    Set<String> referenced = new HashSet<>();
    Map<PartitionOfSpec, List<TableFiles.Position>> deletes = new LinkedHashMap<>();
    for (TaskFileReview.Reviewed its : review.files()) {
      if (its.accepted() == 0) {
        draft.unused.add(its.file().location());
        continue;
      }
      files.adopt(its.file());
      draft.ofTasks.add(its.file());
      if (!its.dropped.isEmpty()) {
        draft.unborn += its.dropped.cardinality();
        draft.deletedRows.put(its.number, its.dropped.cardinality());
        List<TableFiles.Position> dropped = deletes.computeIfAbsent(PartitionOfSpec.of(its.file(), table), all -> new ArrayList<>());
        its.dropped.stream().forEach(row -> dropped.add(new TableFiles.Position(its.file().location(), row)));
      }
    }
    positions.forEach(
        (number, rows) -> {
          DataFile file = known.file(number);
          if (known.live(number) <= rows.size()) {
            draft.removed.add(file);
          } else {
            referenced.add(file.location());
            draft.deletedRows.put(number, rows.size());
            List<TableFiles.Position> its = deletes.computeIfAbsent(PartitionOfSpec.of(file, table), all -> new ArrayList<>());
            rows.forEach(row -> its.add(new TableFiles.Position(file.location(), row)));
          }
        });
    deletes.forEach((its, rows) -> draft.deletes.add(files.writeDeletes(rows, its.spec(), its.partition())));
    return referenced;
  }

  private static void remove(KeyCache.StoredRow row, WriterCache cache, Map<Integer, List<Integer>> positions) {
    if (cache.hot().at(cache.files().file(row.file()).location()) == null) {
      positions.computeIfAbsent(row.file(), its -> new ArrayList<>()).add(row.position());
    }
  }

  private record PartitionOfSpec(PartitionSpec spec, PartitionKey partition) {
    static PartitionOfSpec of(DataFile file, Table table) {
      PartitionSpec spec = table.specs().get(file.specId());
      PartitionKey partition = new PartitionKey(spec, table.schema());
      for (int i = 0; i < file.partition().size(); i++) {
        partition.set(i, file.partition().get(i, Object.class));
      }
      return new PartitionOfSpec(spec, partition);
    }
  }
}
