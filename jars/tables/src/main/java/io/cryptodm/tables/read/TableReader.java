package io.cryptodm.tables.read;

import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.storage.CommitRetry;
import io.cryptodm.tables.storage.RowSource;
import io.cryptodm.tables.storage.TableFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataOperations;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileContent;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.ManageSnapshots;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotRef;
import org.apache.iceberg.Table;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.UpdateProperties;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.expressions.Evaluator;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Types;

/**
 * Reads rows of a table, and incrementally what was added since a snapshot. A tag on the table remembers how far a reader has come and keeps
 * that snapshot from expiring. Not for several threads.
 */
public final class TableReader {
  /** What a snapshot that is no older refers to stays for some minutes more, see {@link io.cryptodm.tables.cleanup.SnapshotThinning}. */
  private static final long YOUNG_MILLIS = 300_000;

  private final Table table;
  private final TableFiles files;

  TableReader(Table table) {
    this.table = table;
    this.files = new TableFiles(table, table.schema());
  }

  /** @throws org.apache.iceberg.exceptions.NoSuchTableException if it has not been created yet */
  public static TableReader open(Catalog catalog, TableIdentifier identifier) {
    return new TableReader(catalog.loadTable(identifier));
  }

  /** Names of the columns, in the order in which rows give their values. */
  public List<String> columns() {
    return table.schema().columns().stream().map(Types.NestedField::name).toList();
  }

  /** Loads the present snapshot. */
  public void refresh() {
    table.refresh();
  }

  /** The snapshot that is read; none for an empty table. */
  public Optional<Long> snapshot() {
    return Optional.ofNullable(table.currentSnapshot()).map(Snapshot::snapshotId);
  }

  /** Reads the rows of the present snapshot that match the filter. */
  public void scan(Expression filter, Consumer<Row> each) {
    Evaluator evaluator = new Evaluator(table.schema().asStruct(), filter);
    for (FileScanTask task : plan(filter)) {
      files.read(task, evaluator::eval, (row, position) -> each.accept(row));
    }
  }

  private List<FileScanTask> plan(Expression filter) {
    List<FileScanTask> tasks = new ArrayList<>();
    if (table.currentSnapshot() != null) {
      try (CloseableIterable<FileScanTask> planned = table.newScan().filter(filter).includeColumnStats().planFiles()) {
        planned.forEach(tasks::add);
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot read the manifests of " + table.name(), e);
      }
    }
    return tasks;
  }

  /** The highest value of a column according to the bounds of the files; empty for an empty table, or if a file has no bounds. */
  public Optional<Long> highest(String column) {
    Types.NestedField field = table.schema().findField(column);
    Long highest = null;
    for (FileScanTask task : plan(Expressions.alwaysTrue())) {
      Long upper = bound(task.file().upperBounds(), field);
      if (upper == null) {
        return Optional.empty();
      }
      highest = highest == null ? upper : Long.valueOf(Math.max(highest, upper));
    }
    return Optional.ofNullable(highest);
  }

  private static Long bound(Map<Integer, ByteBuffer> bounds, Types.NestedField field) {
    ByteBuffer bound = bounds == null ? null : bounds.get(field.fieldId());
    return bound == null ? null : Conversions.fromByteBuffer(field.type(), bound);
  }

  /**
   * Files that hold all rows added since a snapshot, and perhaps others.
   *
   * @param snapshot the present one, up to which they reach; null for an empty table
   * @param commits number of commits that added them; of all known snapshots if {@code whole}
   * @param whole true if the earlier snapshot is unknown, so that these are all files of the table
   * @param without by location of a file: position deletes of rows that are not among those added
   */
  public record Increment(Long snapshot, long commits, boolean whole, List<DataFile> files, Map<String, List<DeleteFile>> without) {
    /** The same in another order. */
    public Increment ordered(Comparator<DataFile> order) {
      return new Increment(snapshot, commits, whole, files.stream().sorted(order).toList(), without);
    }

    private List<DeleteFile> without(DataFile file) {
      return without.getOrDefault(file.location(), List.of());
    }
  }

  /** Files with the position deletes of rows of them that are not to be read. */
  private record Added(List<DataFile> files, Map<String, List<DeleteFile>> without) {
    static Added live(List<FileScanTask> tasks) {
      Map<String, List<DeleteFile>> without = new HashMap<>();
      for (FileScanTask task : tasks) {
        List<DeleteFile> positions = task.deletes().stream().filter(file -> file.content() == FileContent.POSITION_DELETES).toList();
        if (!positions.isEmpty()) {
          without.put(task.file().location(), positions);
        }
      }
      return new Added(tasks.stream().map(FileScanTask::file).toList(), without);
    }

    Increment increment(long snapshot, long commits, boolean whole) {
      return new Increment(snapshot, commits, whole, files, without);
    }
  }

  /**
   * The files added since a snapshot. A compaction only moves rows, so its files count only if they contain rows added since, and if the files
   * that they come from may soon be gone.
   *
   * @param since null for the beginning
   */
  public Increment since(Long since) {
    return since(since, table.currentSnapshot());
  }

  /**
   * The files added between two snapshots.
   *
   * @param since null for the beginning
   * @param until must not have expired
   */
  public Increment between(Long since, long until) {
    return since(since, table.snapshot(until));
  }

  private Increment since(Long since, Snapshot current) {
    if (current == null || since != null && current.snapshotId() == since) {
      return new Increment(current == null ? null : current.snapshotId(), 0, false, List.of(), Map.of());
    }
    if (since == null) {
      return all(current);
    }
    Ancestry way = Ancestry.of(table, current, since);
    if (way.reached()) {
      return added(way.snapshots()).increment(current.snapshotId(), way.snapshots().size(), false);
    }
    if (table.snapshot(since) == null) {
      return all(current);
    }
    Set<String> old = new HashSet<>();
    live(table.snapshot(since)).forEach(task -> old.add(task.file().location()));
    List<FileScanTask> others = live(current).stream().filter(task -> !old.contains(task.file().location())).toList();
    return Added.live(others).increment(current.snapshotId(), way.snapshots().size(), false);
  }

  private Increment all(Snapshot current) {
    return Added.live(live(current)).increment(current.snapshotId(), count(table.snapshots()), true);
  }

  private static long count(Iterable<?> items) {
    long count = 0;
    for (Object ignored : items) {
      count++;
    }
    return count;
  }

  /** @param since newest first */
  private Added added(List<Snapshot> since) {
    Map<String, DataFile> added = new LinkedHashMap<>();
    Map<String, List<DeleteFile>> without = new HashMap<>();
    long young = System.currentTimeMillis() - YOUNG_MILLIS;
    for (int i = since.size() - 1; i >= 0; i--) {
      Snapshot snapshot = since.get(i);
      boolean fresh = !DataOperations.REPLACE.equals(snapshot.operation());
      if (!fresh && since.get(since.size() - 1).timestampMillis() >= young) {
        // The files that it has merged are still there; the merged one may hold many more rows, all of them known.
        continue;
      }
      CommitFiles changes = CommitFiles.of(snapshot, table.io());
      for (DataFile file : changes.removed()) {
        fresh |= added.remove(file.location()) != null;
      }
      if (fresh) {
        changes.added().forEach(file -> added.put(file.location(), file));
        List<DeleteFile> unborn = UnbornRows.deletesOf(snapshot, table.io());
        if (!unborn.isEmpty()) {
          changes.added().forEach(file -> without.put(file.location(), unborn));
        }
      }
    }
    return new Added(List.copyOf(added.values()), without);
  }

  private List<FileScanTask> live(Snapshot snapshot) {
    List<FileScanTask> live = new ArrayList<>();
    try (CloseableIterable<FileScanTask> planned = table.newScan().useSnapshot(snapshot.snapshotId()).includeColumnStats().planFiles()) {
      planned.forEach(live::add);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the manifests of " + table.name(), e);
    }
    return live;
  }

  /** Lowest and highest value of a time column in a file according to its bounds; the widest range if it has none. */
  public long[] range(DataFile file, String column) {
    Types.NestedField field = table.schema().findField(column);
    Long lower = bound(file.lowerBounds(), field);
    Long upper = bound(file.upperBounds(), field);
    return new long[] {lower == null ? Long.MIN_VALUE : lower, upper == null ? Long.MAX_VALUE : upper};
  }

  /** Reads the rows of an added file that match the filter, superseded ones too: the caller keeps the newest revision of each key. */
  public void read(Increment increment, DataFile file, Expression filter, Consumer<Row> each) {
    files.readAll(file, increment.without(file), filter, each);
  }

  /** Reads all rows of an added file one after the other, superseded ones too. */
  public RowSource rows(Increment increment, DataFile file) {
    return files.all(file, increment.without(file));
  }

  /** Reads one column of all rows of a file, superseded and dropped ones too. */
  public void values(DataFile file, String column, Consumer<Object> each) {
    new TableFiles(table, table.schema().select(column)).readAll(file, Expressions.alwaysTrue(), row -> each.accept(row.value(0)));
  }

  /** The snapshot under a tag, if there is one. */
  public Optional<Long> tagged(String tag) {
    return Optional.ofNullable(table.refs().get(tag)).map(SnapshotRef::snapshotId);
  }

  /** A property of the table, if it has it. */
  public Optional<String> property(String name) {
    return Optional.ofNullable(table.properties().get(name));
  }

  /**
   * Points tags, which never expire, at snapshots and sets properties, in one commit; does nothing if all is so already.
   *
   * @param tags without a snapshot: the tag is removed; a snapshot that has expired changes nothing
   * @param properties without a value: the property is removed
   */
  public void mark(Map<String, Optional<Long>> tags, Map<String, Optional<String>> properties) {
    // Writers commit to the same table all the time, and Iceberg gives up a tag that has lost a race.
    CommitRetry.untilCommitted(table, () -> {
      table.refresh();
      commitMarks(tags, properties);
    });
  }

  private void commitMarks(Map<String, Optional<Long>> tags, Map<String, Optional<String>> properties) {
    Map<String, Optional<Long>> moved = new LinkedHashMap<>(tags);
    moved.entrySet().removeIf(
        tag -> tag.getValue().equals(tagged(tag.getKey())) || tag.getValue().isPresent() && table.snapshot(tag.getValue().get()) == null);
    Map<String, Optional<String>> changed = new LinkedHashMap<>(properties);
    changed.entrySet().removeIf(property -> property.getValue().equals(property(property.getKey())));
    if (moved.isEmpty() && changed.isEmpty()) {
      return;
    }
    Transaction transaction = table.newTransaction();
    if (!moved.isEmpty()) {
      ManageSnapshots change = transaction.manageSnapshots();
      moved.forEach((tag, snapshot) -> point(change, tag, snapshot));
      change.commit();
    }
    if (!changed.isEmpty()) {
      UpdateProperties change = transaction.updateProperties();
      changed.forEach((name, value) -> value.ifPresentOrElse(text -> change.set(name, text), () -> change.remove(name)));
      change.commit();
    }
    transaction.commitTransaction();
  }

  private void point(ManageSnapshots change, String tag, Optional<Long> snapshot) {
    if (snapshot.isEmpty()) {
      change.removeTag(tag);
    } else if (tagged(tag).isPresent()) {
      change.replaceTag(tag, snapshot.get());
    } else {
      change.createTag(tag, snapshot.get()).setMaxRefAgeMs(tag, Long.MAX_VALUE);
    }
  }
}
