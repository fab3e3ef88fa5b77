package io.cryptodm.tables.write;

import io.cryptodm.contracts.Generations;
import io.cryptodm.tables.compact.WriterMaintenance;
import io.cryptodm.tables.origin.CommitMark;
import io.cryptodm.tables.origin.CommitOutcome;
import io.cryptodm.tables.origin.ForeignCommits;
import io.cryptodm.tables.read.Ancestry;
import io.cryptodm.tables.read.CommitFiles;
import io.cryptodm.tables.rows.Digest;
import io.cryptodm.tables.rows.KeyedRow;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.RowLayout;
import io.cryptodm.tables.rows.UpsertRule;
import io.cryptodm.tables.storage.CommitRetry;
import io.cryptodm.tables.storage.TableFiles;
import java.time.Clock;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.iceberg.DataOperations;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SerializableTable;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.types.Types;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A table with one row per key. A batch becomes at most one commit, with its rows, the removal of the rows they supersede, and the end
 * offsets of their topic; a batch that changes nothing makes no commit. The result is the same when a batch is replayed, when this
 * process restarts, and when another process compacts or writes the table in between.
 *
 * <p>Safe for several threads; use one instance per table and process.
 */
public final class KeyedTable {
  private static final Logger LOG = LoggerFactory.getLogger(KeyedTable.class);

  private final Table table;
  private final UpsertRule rule;
  private final Tuning tuning;
  private final Clock clock;
  private final RowLayout layout;
  private final TableFiles files;
  private final KeyLookup search;
  private final CommitDrafter drafter;
  private final WriterMaintenance maintenance;

  /** A copy that can be sent to tasks. */
  private Table copy;
  private WriterCache cache;
  /** What the table holds by prefix at the snapshot that the cache matches; null for a table that keeps none, and while nobody knows. */
  private HighestKeys highest;
  private boolean uncertain;
  private Long lastSnapshot;
  private ForeignCommits foreign;

  /**
   * Limits of memory and attempts.
   *
   * @param cachedKeys keys kept in memory, about 60 bytes each
   * @param hotRows rows of the hot file, which is replaced with each commit
   * @param settledMillis when the hot file is full, rows unchanged for this long leave it
   * @param attempts in a row that may fail although nobody else commits, before a batch fails
   */
  public record Tuning(int cachedKeys, int hotRows, long settledMillis, int attempts) {
    /** More rows of one partition than these become a file of their own, and no part of a hot file. */
    public int bulkRows() {
      return hotRows / 2;
    }

    public static final Tuning DEFAULT = new Tuning(360_000, 4_000, 90_000, 12);

    /** A fact comes once, and late only where a producer repeats itself. */
    public static final Tuning FACTS = new Tuning(180_000, 4_000, 90_000, 12);
  }

  KeyedTable(Supplier<Table> load, UpsertRule rule, Tuning tuning, Clock clock) {
    this(load, rule, tuning, clock, WriterMaintenance.BACKGROUND);
  }

  /** @param background runs the maintenance beside the commits */
  KeyedTable(Supplier<Table> load, UpsertRule rule, Tuning tuning, Clock clock, Executor background) {
    this.table = load.get();
    this.rule = rule;
    this.tuning = tuning;
    this.clock = clock;
    this.layout = new RowLayout(table.schema(), table.sortOrder(), rule);
    this.files = new TableFiles(table, table.schema());
    this.search = new KeyLookup(layout, files);
    this.drafter = new CommitDrafter(table, layout, files, tuning, clock);
    this.maintenance = new WriterMaintenance(load, layout, clock, background);
  }

  /** @throws org.apache.iceberg.exceptions.NoSuchTableException if it has not been created yet */
  public static KeyedTable open(Catalog catalog, TableIdentifier identifier, UpsertRule rule) {
    return open(catalog, identifier, rule, rule.winner() == UpsertRule.Winner.FIRST ? Tuning.FACTS : Tuning.DEFAULT);
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

  /** The Iceberg table, for maintenance. */
  public Table table() {
    return table;
  }

  /**
   * Writes the rows of a batch that change the table.
   *
   * @throws RuntimeException of the last attempt, if none succeeded; lost races are repeated for as long as it takes
   */
  public synchronized UpsertResult upsert(RowBatch batch) {
    return upsert(batch, (row, isNew) -> {});
  }

  /** Gets each row that a commit has written, after the commit. */
  public interface Written {
    /** @param isNew false if it supersedes a row of the table */
    void row(Row row, boolean isNew);
  }

  /**
   * Writes the rows of a batch that change the table.
   *
   * @param written hears nothing of a commit whose outcome was unknown, although the table may hold its rows
   * @throws RuntimeException of the last attempt, if none succeeded
   */
  public synchronized UpsertResult upsert(RowBatch batch, Written written) {
    uncertain = false;
    try {
      return repeatedly(isTurn -> attempt(batch, written, isTurn));
    } catch (RuntimeException e) {
      discardUseless(batch.files().stream().map(file -> file.file().location()).toList());
      throw e;
    }
  }

  /** Removes files of tasks that no commit refers to; after a commit of unknown outcome nobody knows that, and maintenance finds them. */
  private void discardUseless(List<String> locations) {
    if (!uncertain) {
      files.discard(locations);
    }
  }

  /**
   * What a task needs to write rows of a topic into files of this table; empty if the keys of the table do not permit it.
   *
   * @param generations of the topic now
   */
  public synchronized Optional<TaskTable> forTasks(String topic, Generations generations) {
    if (rule.winner() == UpsertRule.Winner.LATEST || !layout.isOrderedByNumber() && !layout.isOrderedByText()) {
      return Optional.empty();
    }
    if (copy == null) {
      copy = SerializableTable.copyOf(table);
    }
    return Optional.of(new TaskTable(copy, rule, tuning.bulkRows(), held(topic).standing(generations)));
  }

  /** A batch with as many rows or fewer needs no files of tasks. */
  public int bulkRows() {
    return tuning.bulkRows();
  }

  /** Removes the files of a batch that is not written. */
  public void discard(List<TaskFile> ofBatch) {
    files.discard(ofBatch.stream().map(file -> file.file().location()).toList());
  }

  /** True if the last upsert tried again after a commit whose outcome was unknown, so that {@link Written} may not have heard of all its rows. */
  public synchronized boolean isUncertain() {
    return uncertain;
  }

  /** The rows of the batch that {@link #upsert} would write now. */
  public synchronized List<Row> changes(RowBatch batch) {
    return repeatedly(
        isTurn -> {
          reconcile(isTurn);
          return changes(batch, offsetsHeld(batch), TaskFileReview.NONE).stream().map(change -> change.after().row()).toList();
        });
  }

  /** Up to where the table holds a topic. */
  public synchronized TopicOffsets held(String topic) {
    table.refresh();
    return TopicOffsets.parse(table.properties().get(TopicOffsets.propertyOf(topic)));
  }

  /** Rows in the table now, taken from its metadata. */
  public synchronized long rowCount() {
    table.refresh();
    return RowCount.of(table, table.currentSnapshot());
  }

  /** The present snapshot; null for an empty table. */
  public synchronized Long snapshot() {
    table.refresh();
    return table.currentSnapshot() == null ? null : Long.valueOf(table.currentSnapshot().snapshotId());
  }

  /**
   * Number of commits since a snapshot, without compactions, which change no row.
   *
   * @param snapshot null for the empty table
   * @return -1 if the snapshot is not a known ancestor of the present one
   */
  public synchronized long changesSince(Long snapshot) {
    table.refresh();
    Ancestry ancestry = Ancestry.of(table, table.currentSnapshot(), snapshot);
    return ancestry.reached() ? ancestry.snapshots().stream().filter(its -> !DataOperations.REPLACE.equals(its.operation())).count() : -1;
  }

  private <T> T repeatedly(CommitRetry.Attempt<T> attempt) {
    // After a failed attempt the cache may no longer match the table.
    return CommitRetry.untilCommitted(table, tuning.attempts(), attempt, () -> cache = null);
  }

  private UpsertResult attempt(RowBatch batch, Written written, boolean isTurn) {
    reconcile(isTurn);
    Snapshot base = table.currentSnapshot();
    TopicOffsets held = offsetsHeld(batch);
    TaskFileReview review =
        TaskFileReview.of(batch.files(), held.standing(batch.generations()), layout, rule, cache, search, foreign);
    List<Change> changes = changes(batch, held, review);
    if (changes.isEmpty() && review.isEmpty()) {
      discardUseless(review.useless());
      return new UpsertResult(0, 0, batch.rows().size() + review.rows(), RowCount.of(table, base), false);
    }
    CommitDraft draft = new CommitDraft();
    long added = changes.stream().filter(change -> change.before() == null).count() + review.inserted();
    long replaced = changes.stream().filter(change -> change.before() != null && !review.isOwn(change.before())).count() + review.replaced();
    RowCount.exact(table, base).ifPresent(rows -> draft.rows = rows + added);
    draft.highest =
        highest == null
            ? null
            : highest.with(changes.stream().map(change -> change.after().row()).toList(), layout).with(TaskFile.highestNumbers(batch.files(), layout));
    String mark = CommitMark.next();
    try {
      Set<String> referenced = drafter.draft(changes, review, cache, foreign, draft);
      draft.commit(table, base, referenced, mark, batch.topic(), held.advancedTo(batch.generations(), batch.ends()));
    } catch (RuntimeException e) {
      // What may have been committed must keep its files. The next attempt reads the offsets and rows of the table.
      if (CommitOutcome.isRefused(table, mark, e)) {
        files.discard(draft.newLocations());
      } else {
        uncertain = true;
      }
      throw e;
    }
    cache.keep(draft);
    highest = draft.highest;
    Snapshot after = table.currentSnapshot();
    // Others may have committed between the base and this commit, and after it.
    if (!followCompactions(after, base == null ? null : base.snapshotId(), mark)) {
      cache = null;
    }
    lastSnapshot = after.snapshotId();
    maintenance.runIfDue();
    discardUseless(draft.unused);
    changes.forEach(change -> written.row(change.after().row(), change.before() == null));
    return new UpsertResult(added, replaced, batch.rows().size() + review.rows() - added - replaced, RowCount.of(table, after), true);
  }

  private TopicOffsets offsetsHeld(RowBatch batch) {
    return batch.topic() == null
        ? TopicOffsets.NONE
        : TopicOffsets.parse(table.properties().get(TopicOffsets.propertyOf(batch.topic())));
  }

  // ---- The cache follows the table ------------------------------------------------------------------------------------------------

  /** Brings the cache to the table's present snapshot. */
  private void reconcile(boolean isTurn) {
    table.refresh();
    foreign = ForeignCommits.of(table);
    if (!isTurn) {
      // Their snapshots may be expired by anybody, at any time.
      foreign.remember(table);
    }
    Snapshot current = table.currentSnapshot();
    Long id = current == null ? null : current.snapshotId();
    boolean same = cache != null && (id == null ? lastSnapshot == null : id.equals(lastSnapshot));
    if (!same && (cache == null || lastSnapshot == null || !followCompactions(current, lastSnapshot, ""))) {
      highest = PresentKeys.of(table, layout, PresentKeys.MOST_ROWS).orElse(null);
      cache = new WriterCache(layout, tuning.cachedKeys(), highest == null ? KeyHighWatermark.of(table, layout) : highest.watermark(layout));
    }
    lastSnapshot = id;
  }

  /**
   * Follows the compactions since a snapshot, which only move rows.
   *
   * @param since the snapshot that the cache matches; null for the empty table
   * @param own mark of this writer's own commit, which is already in the cache
   * @return false if there were other commits, so that the cache is no longer right
   */
  private boolean followCompactions(Snapshot current, Long since, String own) {
    Ancestry ancestry = Ancestry.of(table, current, since);
    List<Snapshot> others = ancestry.snapshots().stream().filter(snapshot -> !own.equals(CommitMark.of(snapshot))).toList();
    boolean onlyCompactions = ancestry.reached() && others.stream().allMatch(snapshot -> DataOperations.REPLACE.equals(snapshot.operation()));
    if (onlyCompactions) {
      for (Snapshot compaction : others) {
        CommitFiles.of(compaction, table.io()).removed().forEach(file -> cache.forget(file.location()));
      }
    }
    return onlyCompactions;
  }

  // ---- What a batch changes -------------------------------------------------------------------------------------------------------

  private List<Change> changes(RowBatch batch, TopicOffsets held, TaskFileReview review) {
    Map<Digest, Row> candidates = newestOfEachKey(batch, held);
    Map<Digest, KeyCache.StoredRow> stored = storedRows(candidates, review);
    long now = clock.millis();
    List<Map.Entry<Digest, Row>> entries = List.copyOf(candidates.entrySet());
    Change[] changes = new Change[entries.size()];
    Parallel.forEachIndex(changes.length, i -> {
      Digest key = entries.get(i).getKey();
      changes[i] = change(key, entries.get(i).getValue(), stored.get(key), review, now);
    });
    return Arrays.stream(changes).filter(Objects::nonNull).toList();
  }

  /** What the row changes in the table; null for nothing. */
  private Change change(Digest key, Row row, KeyCache.StoredRow before, TaskFileReview review, long now) {
    if (rule.winner() == UpsertRule.Winner.FIRST) {
      boolean isFirst = before == null || review.isOwn(before) && layout.rankOf(row) < before.rank();
      return isFirst ? new Change(new KeyedRow(key, row, 0, now), before) : null;
    }
    if (before != null && rule.winner() == UpsertRule.Winner.HIGHEST && layout.rankOf(row) <= before.rank()) {
      return null;
    }
    long values = layout.valuesOf(row);
    return before == null || values != before.values() ? new Change(new KeyedRow(key, row, values, now), before) : null;
  }

  private Map<Digest, Row> newestOfEachKey(RowBatch batch, TopicOffsets held) {
    List<Row> rows = batch.rows();
    Map<Integer, Long> standing = held.standing(batch.generations());
    Digest[] keys = new Digest[rows.size()];
    Parallel.forEachIndex(keys.length, i -> keys[i] = layout.keyOf(rows.get(i)));
    Map<Digest, Row> candidates = new LinkedHashMap<>(rows.size() * 4 / 3 + 1);
    for (int i = 0; i < keys.length; i++) {
      Row row = rows.get(i);
      if (row.partition() < 0 || row.offset() >= standing.getOrDefault(row.partition(), 0L)) {
        candidates.merge(keys[i], row, this::winnerOf);
      }
    }
    return candidates;
  }

  private Row winnerOf(Row earlier, Row later) {
    return switch (rule.winner()) {
      case HIGHEST -> layout.rankOf(later) > layout.rankOf(earlier) ? later : earlier;
      case FIRST -> layout.rankOf(later) < layout.rankOf(earlier) ? later : earlier;
      case LATEST -> later;
    };
  }

  private Map<Digest, KeyCache.StoredRow> storedRows(Map<Digest, Row> candidates, TaskFileReview review) {
    Map<Digest, KeyCache.StoredRow> stored = new HashMap<>();
    Map<Digest, Row> sought = new HashMap<>();
    candidates.forEach(
        (key, row) -> {
          Optional<KeyCache.StoredRow> cached = Optional.ofNullable(review.ownRow(key)).or(() -> cache.find(key));
          if (cached.isPresent() && (cache.isLocated(cached.get()) || rule.winner() == UpsertRule.Winner.FIRST)) {
            stored.put(key, cached.get());
          } else if (cached.isPresent() || !cache.isCertainlyNew(row)) {
            sought.put(key, row);
          }
        });
    search.searchInto(stored, sought, cache, foreign);
    return stored;
  }
}
