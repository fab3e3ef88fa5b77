package io.cryptodm.tables;

import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataOperations;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.types.Types;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A table with one row under each key. A batch of rows becomes at most one commit that holds the rows, the removal of what they
 * supersede, and the end offsets of their topic; a batch that changes nothing makes no commit. It stays right when the same batch comes
 * again, when the memory of this process is lost, and when another process compacts or writes the table in between.
 *
 * <p>Instances are safe for use by several threads; there should be one for each table and process.
 */
public final class KeyedTable {
  private static final Logger LOG = LoggerFactory.getLogger(KeyedTable.class);

  /** Partitions whose young end is kept in memory. */
  private static final int MAX_HOT = 4;

  /** Partitions in which a small file to take over was looked for. */
  private static final int MAX_VISITED = 10_000;

  private static final TableFiles.Kind HOT = new TableFiles.Kind(true, true);
  private static final TableFiles.Kind SETTLED = new TableFiles.Kind(false, true);
  private static final TableFiles.Kind BULK = new TableFiles.Kind(false, false);

  private final Table table;
  private final UpsertRule rule;
  private final Tuning tuning;
  private final Clock clock;
  private final RowLayout layout;
  private final TableFiles files;
  private final KeySearch search;
  private final Housekeeping housekeeping;

  private KeyMemory memory;
  private KnownFiles known;
  private Map<PartitionKey, HotFile> hot;
  private Set<PartitionKey> visited;
  private Long lastSnapshot;

  /**
   * How much is kept and tried.
   *
   * @param rememberedRows keys kept in memory, about 60 bytes each
   * @param hotRows rows of the file that is replaced with each commit
   * @param settledMillis a row unchanged for so long leaves the hot file when that is full
   * @param attempts before a batch is given up
   */
  public record Tuning(int rememberedRows, int hotRows, long settledMillis, int attempts) {
    public static final Tuning DEFAULT = new Tuning(700_000, 4_000, 90_000, 12);
  }

  KeyedTable(Supplier<Table> load, UpsertRule rule, Tuning tuning, Clock clock) {
    this(load, rule, tuning, clock, Housekeeping.BACKGROUND);
  }

  /** @param housekeeper runs what is done beside the commits */
  KeyedTable(Supplier<Table> load, UpsertRule rule, Tuning tuning, Clock clock, Executor housekeeper) {
    this.table = load.get();
    this.rule = rule;
    this.tuning = tuning;
    this.clock = clock;
    this.layout = new RowLayout(table.schema(), table.sortOrder(), rule);
    this.files = new TableFiles(table, table.schema());
    this.search = new KeySearch(table, layout, files);
    this.housekeeping = new Housekeeping(load, layout, clock, housekeeper);
  }

  /** @throws org.apache.iceberg.exceptions.NoSuchTableException if it has not been created yet */
  public static KeyedTable open(Catalog catalog, TableIdentifier identifier, UpsertRule rule) {
    return open(catalog, identifier, rule, Tuning.DEFAULT);
  }

  /** @throws org.apache.iceberg.exceptions.NoSuchTableException if it has not been created yet */
  public static KeyedTable open(Catalog catalog, TableIdentifier identifier, UpsertRule rule, Tuning tuning) {
    return new KeyedTable(() -> catalog.loadTable(identifier), rule, tuning, Clock.systemUTC());
  }

  /** Names of the columns, in the order in which rows give their values. */
  public List<String> columns() {
    return layout.schema().columns().stream().map(Types.NestedField::name).toList();
  }

  /** The columns of the rows, as they were when this was opened. */
  public Schema schema() {
    return layout.schema();
  }

  /** The table behind, for upkeep. */
  public Table table() {
    return table;
  }

  /**
   * Writes what changes the table.
   *
   * @throws RuntimeException of the last attempt, when none of them succeeded
   */
  public synchronized Written upsert(RowBatch batch) {
    return repeatedly(() -> attempt(batch));
  }

  /** The rows of the batch that {@link #upsert} would write now. */
  public synchronized List<Row> changes(RowBatch batch) {
    return repeatedly(
        () -> {
          reconcile();
          return changes(batch, offsetsHeld(batch)).stream().map(change -> change.after().row()).toList();
        });
  }

  /** The end offsets (exclusive) that the table holds of a topic; empty when it holds none of this generation. */
  public synchronized Map<Integer, Long> endOffsets(String topic, long generation) {
    table.refresh();
    TopicOffsets held = TopicOffsets.parse(table.properties().get(TopicOffsets.propertyOf(topic)));
    return held.generation() == generation ? Map.copyOf(held.offsets()) : Map.of();
  }

  /** Rows in the table now, taken from its metadata. */
  public synchronized long rowCount() {
    table.refresh();
    return rowsOf(table.currentSnapshot());
  }

  /** The present snapshot; null for an empty table. */
  public synchronized Long snapshot() {
    table.refresh();
    return table.currentSnapshot() == null ? null : Long.valueOf(table.currentSnapshot().snapshotId());
  }

  /**
   * Commits since a snapshot that changed rows; a compaction moves them only.
   *
   * @param snapshot null for the empty table
   * @return -1 when the way back to it is lost
   */
  public synchronized long changesSince(Long snapshot) {
    table.refresh();
    long changes = 0;
    Snapshot at = table.currentSnapshot();
    while (at != null && (snapshot == null || at.snapshotId() != snapshot)) {
      changes += DataOperations.REPLACE.equals(at.operation()) ? 0 : 1;
      if (at.parentId() == null) {
        return snapshot == null ? changes : -1;
      }
      at = table.snapshot(at.parentId());
    }
    return at == null && table.currentSnapshot() != null || at == null && snapshot != null ? -1 : changes;
  }

  private interface Attempt<T> {
    T run();
  }

  private <T> T repeatedly(Attempt<T> attempt) {
    for (int count = 1; ; count++) {
      try {
        return attempt.run();
      } catch (RuntimeException e) {
        // Whatever it was, what the memory says may be wrong now; the table itself tells the truth.
        memory = null;
        if (count >= tuning.attempts() || !Retry.isWorthwhile(e)) {
          throw e;
        }
        LOG.warn("Commit to {} failed, attempt {}: {}", table.name(), count, Retry.reason(e));
        Retry.pause(count);
      }
    }
  }

  private Written attempt(RowBatch batch) {
    reconcile();
    Snapshot base = table.currentSnapshot();
    TopicOffsets held = offsetsHeld(batch);
    List<Change> changes = changes(batch, held);
    if (changes.isEmpty()) {
      return new Written(0, 0, batch.rows().size(), rowsOf(base), false);
    }
    CommitDraft draft = new CommitDraft();
    String mark = UUID.randomUUID().toString();
    try {
      Set<String> referenced = draft(changes, draft);
      draft.commit(table, base, referenced, mark, batch.topic(), held.advancedTo(batch.generation(), batch.endOffsets()));
    } catch (CommitStateUnknownException e) {
      // It may stand: its files must stay. The next attempt sees the offsets of the table and knows.
      throw e;
    } catch (RuntimeException e) {
      files.discard(draft.newLocations());
      throw e;
    }
    remember(draft);
    Snapshot after = table.currentSnapshot();
    // The catalog may have let others in between the base and this commit, and behind it.
    if (!followCompactions(after, base == null ? null : base.snapshotId(), mark)) {
      memory = null;
    }
    lastSnapshot = after.snapshotId();
    housekeeping.occasionally();
    long replaced = changes.stream().filter(change -> change.before() != null).count();
    return new Written(changes.size() - replaced, replaced, batch.rows().size() - changes.size(), rowsOf(after), true);
  }

  private TopicOffsets offsetsHeld(RowBatch batch) {
    return batch.topic() == null
        ? TopicOffsets.NONE
        : TopicOffsets.parse(table.properties().get(TopicOffsets.propertyOf(batch.topic())));
  }

  private static long rowsOf(Snapshot snapshot) {
    if (snapshot == null) {
      return 0;
    }
    Map<String, String> summary = snapshot.summary();
    return Long.parseLong(summary.getOrDefault("total-records", "0"))
        - Long.parseLong(summary.getOrDefault("total-position-deletes", "0"));
  }

  // ---- What the table holds -------------------------------------------------------------------------------------------------------

  /** Brings the memory to the table's present snapshot. */
  private void reconcile() {
    table.refresh();
    Snapshot current = table.currentSnapshot();
    Long id = current == null ? null : current.snapshotId();
    boolean same = memory != null && (id == null ? lastSnapshot == null : id.equals(lastSnapshot));
    if (!same && (memory == null || lastSnapshot == null || !followCompactions(current, lastSnapshot, ""))) {
      memory = new KeyMemory(layout, tuning.rememberedRows(), TableHeight.of(table, layout.orderField()));
      known = new KnownFiles();
      hot = new LinkedHashMap<>(8, 0.75f, true);
      visited = new HashSet<>();
    }
    lastSnapshot = id;
  }

  /**
   * True when nothing but compactions happened: they move rows and change none.
   *
   * @param since the snapshot that the memory knows; null for the empty table
   * @param own mark of a commit of this writer, which is no news
   */
  private boolean followCompactions(Snapshot current, Long since, String own) {
    List<Snapshot> others = new ArrayList<>();
    Snapshot at = current;
    while (at != null && (since == null || at.snapshotId() != since)) {
      if (!own.equals(at.summary().get(CommitDraft.MARK))) {
        if (!DataOperations.REPLACE.equals(at.operation())) {
          return false;
        }
        others.add(at);
      }
      if (at.parentId() == null) {
        break;
      }
      at = table.snapshot(at.parentId());
    }
    boolean reached = since == null ? at != null && at.parentId() == null : at != null && at.snapshotId() == since;
    if (reached) {
      others.forEach(this::forgetRemovedFiles);
    }
    return reached;
  }

  private void forgetRemovedFiles(Snapshot compaction) {
    for (DataFile file : compaction.removedDataFiles(table.io())) {
      known.forget(file.location());
      HotFile young = hotOver(file.location());
      if (young != null) {
        hot.values().remove(young);
        // A number without a file: the rows are known to be somewhere, and are looked for when they matter.
        place(List.copyOf(young.rows().values()), known.reserve());
      }
    }
  }

  // ---- What a batch changes -------------------------------------------------------------------------------------------------------

  private List<Change> changes(RowBatch batch, TopicOffsets held) {
    Map<Digest, Row> candidates = lastOfEachKey(batch, held);
    Map<Digest, KeyMemory.Known> standing = standing(candidates);
    long now = clock.millis();
    List<Map.Entry<Digest, Row>> entries = List.copyOf(candidates.entrySet());
    Change[] changes = new Change[entries.size()];
    Parallel.forEachIndex(changes.length, i -> {
      Digest key = entries.get(i).getKey();
      changes[i] = change(key, entries.get(i).getValue(), standing.get(key), now);
    });
    return Arrays.stream(changes).filter(Objects::nonNull).toList();
  }

  /** What the row changes, or null. */
  private Change change(Digest key, Row row, KeyMemory.Known before, long now) {
    if (rule.winner() == UpsertRule.Winner.FIRST) {
      return before == null ? new Change(new Keyed(key, row, 0, now), null) : null;
    }
    if (before != null && rule.winner() == UpsertRule.Winner.HIGHEST && layout.rankOf(row) <= before.rank()) {
      return null;
    }
    long values = layout.valuesOf(row);
    return before == null || values != before.values() ? new Change(new Keyed(key, row, values, now), before) : null;
  }

  private Map<Digest, Row> lastOfEachKey(RowBatch batch, TopicOffsets held) {
    List<Row> rows = batch.rows();
    Digest[] keys = new Digest[rows.size()];
    Parallel.forEachIndex(keys.length, i -> keys[i] = layout.keyOf(rows.get(i)));
    Map<Digest, Row> candidates = new LinkedHashMap<>(rows.size() * 4 / 3 + 1);
    for (int i = 0; i < keys.length; i++) {
      Row row = rows.get(i);
      if (row.partition() < 0 || !held.holds(batch.generation(), row.partition(), row.offset())) {
        candidates.merge(keys[i], row, this::standingOf);
      }
    }
    return candidates;
  }

  private Row standingOf(Row earlier, Row later) {
    return switch (rule.winner()) {
      case HIGHEST -> layout.rankOf(later) > layout.rankOf(earlier) ? later : earlier;
      case FIRST -> layout.rankOf(later) < layout.rankOf(earlier) ? later : earlier;
      case LATEST -> later;
    };
  }

  private Map<Digest, KeyMemory.Known> standing(Map<Digest, Row> candidates) {
    Map<Digest, KeyMemory.Known> standing = new HashMap<>();
    Map<Digest, Row> sought = new HashMap<>();
    candidates.forEach(
        (key, row) -> {
          Optional<KeyMemory.Known> remembered = recall(key);
          if (remembered.isPresent() && (isLocated(remembered.get()) || rule.winner() == UpsertRule.Winner.FIRST)) {
            standing.put(key, remembered.get());
          } else if (remembered.isPresent() || !memory.isPlainlyNew(row)) {
            sought.put(key, row);
          }
        });
    Map<FileScanTask, Integer> numbers = new HashMap<>();
    search.search(
        sought,
        (key, row, task, position) -> {
          int number = numbers.computeIfAbsent(task, its -> known.number(its.file(), its.file().recordCount()));
          KeyMemory.Known found = new KeyMemory.Known(layout.rankOf(row), layout.valuesOf(row), number, position);
          standing.put(key, found);
          memory.remember(key, row, found.rank(), found.values(), number, position);
        },
        (task, live) -> known.number(task.file(), live));
    return standing;
  }

  private Optional<KeyMemory.Known> recall(Digest key) {
    for (HotFile young : hot.values()) {
      Keyed row = young.rows().get(key);
      if (row != null) {
        return Optional.of(new KeyMemory.Known(layout.rankOf(row.row()), row.values(), young.slot(), KnownRows.NO_POSITION));
      }
    }
    return memory.recall(key);
  }

  /** False when the row was in a file that a compaction has taken away, or that has been replaced. */
  private boolean isLocated(KeyMemory.Known row) {
    return known.file(row.file()) != null || row.position() == KnownRows.NO_POSITION && isHot(row.file());
  }

  private boolean isHot(int slot) {
    return hot.values().stream().anyMatch(young -> young.slot() == slot);
  }

  // ---- What goes into the commit --------------------------------------------------------------------------------------------------

  /** @return locations of the standing files that the draft relies on */
  private Set<String> draft(List<Change> changes, CommitDraft draft) {
    Map<PartitionKey, List<Change>> byPartition = new LinkedHashMap<>();
    PartitionKey key = new PartitionKey(table.spec(), layout.schema());
    for (Change change : changes) {
      key.partition(change.after().row());
      List<Change> itsChanges = byPartition.get(key);
      if (itsChanges == null) {
        itsChanges = new ArrayList<>();
        byPartition.put(key.copy(), itsChanges);
      }
      itsChanges.add(change);
    }
    warm(byPartition);
    byPartition.forEach((partition, itsChanges) -> draftPartition(partition, itsChanges, draft));
    return draftRemovals(changes, draft);
  }

  /** Takes over a small file that an earlier process left at the young end of a partition, so that restarts do not add up to small files. */
  private void warm(Map<PartitionKey, List<Change>> byPartition) {
    Map<PartitionKey, FileScanTask> smallest = new HashMap<>();
    boolean plan = false;
    for (Map.Entry<PartitionKey, List<Change>> entry : byPartition.entrySet()) {
      if (!isBulk(entry.getValue().size()) && visited.size() < MAX_VISITED && visited.add(entry.getKey())) {
        plan = true;
        smallest.put(entry.getKey(), null);
      }
    }
    if (!plan || table.currentSnapshot() == null) {
      return;
    }
    for (FileScanTask task : search.plan(Expressions.alwaysTrue())) {
      PartitionKey partition = files.partitionOf(task.file());
      if (partition != null
          && smallest.containsKey(partition)
          && !hot.containsKey(partition)
          && task.deletes().isEmpty()
          && !isBulk(task.file().recordCount())) {
        smallest.merge(partition, task, (one, other) -> one.file().recordCount() >= other.file().recordCount() ? one : other);
      }
    }
    smallest.forEach(
        (partition, task) -> {
          if (task != null && hot.size() < MAX_HOT) {
            hot.put(partition, adopted(task));
          }
        });
  }

  private HotFile adopted(FileScanTask task) {
    List<Keyed> rows = new ArrayList<>();
    files.read(task, (row, position) -> rows.add(new Keyed(layout.keyOf(row), row, layout.valuesOf(row), 0)));
    return new HotFile(known.reserve(), task.file(), rows);
  }

  private boolean isBulk(long rows) {
    return rows > tuning.hotRows() / 2;
  }

  private void draftPartition(PartitionKey partition, List<Change> changes, CommitDraft draft) {
    HotFile young = hot.get(partition);
    Map<Digest, Keyed> rows = new LinkedHashMap<>(young == null ? Map.of() : young.rows());
    changes.forEach(change -> rows.put(change.after().key(), change.after()));
    if (young != null) {
      draft.removed.add(young.file());
    }
    if (isBulk(changes.size())) {
      sealBulk(List.copyOf(rows.values()), partition, draft);
      draft.cooled.add(partition);
      return;
    }
    List<Keyed> fresh = new ArrayList<>(rows.values());
    if (rows.size() > tuning.hotRows()) {
      long settled = clock.millis() - tuning.settledMillis();
      List<Keyed> old = fresh.stream().filter(row -> row.changedAt() <= settled).toList();
      fresh.removeIf(row -> row.changedAt() <= settled);
      if (isBulk(fresh.size())) {
        old = List.copyOf(rows.values());
        fresh = List.of();
      }
      List<Keyed> ordered = sorted(old);
      draft.sealed.add(new CommitDraft.Sealed(files.write(ordered, partition, SETTLED), ordered));
    }
    if (fresh.isEmpty()) {
      draft.cooled.add(partition);
    } else {
      List<Keyed> ordered = sorted(fresh);
      int slot = young == null ? known.reserve() : young.slot();
      draft.heated.add(new CommitDraft.Heated(partition, slot, files.write(ordered, partition, HOT), ordered));
    }
  }

  /** In the order of the topic: sorting a catch-up costs a quarter of its time, and upkeep sorts anyway. */
  private void sealBulk(List<Keyed> rows, PartitionKey partition, CommitDraft draft) {
    List<List<Keyed>> parts = Parallel.parts(rows);
    DataFile[] written = new DataFile[parts.size()];
    Parallel.forEach(written.length, i -> written[i] = files.write(parts.get(i), partition, BULK));
    for (int i = 0; i < written.length; i++) {
      draft.sealed.add(new CommitDraft.Sealed(written[i], parts.get(i)));
    }
  }

  private List<Keyed> sorted(List<Keyed> rows) {
    return rows.stream().sorted((left, right) -> layout.sorting().compare(left.row(), right.row())).toList();
  }

  private Set<String> draftRemovals(List<Change> changes, CommitDraft draft) {
    Map<Integer, List<Integer>> positions = new LinkedHashMap<>();
    for (Change change : changes) {
      KeyMemory.Known before = change.before();
      if (before != null && before.position() != KnownRows.NO_POSITION) {
        DataFile file = known.file(before.file());
        HotFile adopted = hotOver(file.location());
        if (adopted == null) {
          positions.computeIfAbsent(before.file(), its -> new ArrayList<>()).add(before.position());
        }
      }
    }
    Set<String> referenced = new HashSet<>();
    Map<PartitionOfSpec, List<TableFiles.Position>> deletes = new LinkedHashMap<>();
    positions.forEach(
        (number, rows) -> {
          DataFile file = known.file(number);
          if (known.live(number) <= rows.size()) {
            draft.removed.add(file);
          } else {
            referenced.add(file.location());
            draft.takenAway.put(number, rows.size());
            List<TableFiles.Position> its = deletes.computeIfAbsent(PartitionOfSpec.of(file, table), all -> new ArrayList<>());
            rows.forEach(row -> its.add(new TableFiles.Position(file.location(), row)));
          }
        });
    deletes.forEach((place, rows) -> draft.deletes.add(files.writeDeletes(rows, place.spec(), place.partition())));
    return referenced;
  }

  private HotFile hotOver(String location) {
    for (HotFile young : hot.values()) {
      if (young.file().location().equals(location)) {
        return young;
      }
    }
    return null;
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

  // ---- What is kept once the commit stands ----------------------------------------------------------------------------------------

  private void remember(CommitDraft draft) {
    draft.removed.forEach(file -> known.forget(file.location()));
    draft.takenAway.forEach(known::takeAway);
    draft.cooled.forEach(hot::remove);
    for (CommitDraft.Sealed file : draft.sealed) {
      place(file.rows(), known.number(file.file(), file.rows().size()));
    }
    for (CommitDraft.Heated file : draft.heated) {
      hot.put(file.partition(), new HotFile(file.slot(), file.file(), file.rows()));
    }
    while (hot.size() > MAX_HOT) {
      PartitionKey coldest = hot.keySet().iterator().next();
      HotFile cooling = hot.remove(coldest);
      place(List.copyOf(cooling.rows().values()), known.number(cooling.file(), cooling.rows().size()));
    }
  }

  private void place(List<Keyed> rows, int file) {
    for (int position = 0; position < rows.size(); position++) {
      Keyed row = rows.get(position);
      memory.remember(row.key(), row.row(), layout.rankOf(row.row()), row.values(), file, position);
    }
  }
}
