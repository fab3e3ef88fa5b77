package io.cryptodm.tables.write;

import io.cryptodm.contracts.Backoff;
import io.cryptodm.tables.compact.WriterMaintenance;
import io.cryptodm.tables.read.Ancestry;
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
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.iceberg.DataOperations;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
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

  private final Table table;
  private final UpsertRule rule;
  private final Tuning tuning;
  private final Clock clock;
  private final RowLayout layout;
  private final TableFiles files;
  private final KeyLookup search;
  private final CommitDrafter drafter;
  private final WriterMaintenance housekeeping;

  private WriterCache memory;
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
    this(load, rule, tuning, clock, WriterMaintenance.BACKGROUND);
  }

  /** @param housekeeper runs what is done beside the commits */
  KeyedTable(Supplier<Table> load, UpsertRule rule, Tuning tuning, Clock clock, Executor housekeeper) {
    this.table = load.get();
    this.rule = rule;
    this.tuning = tuning;
    this.clock = clock;
    this.layout = new RowLayout(table.schema(), table.sortOrder(), rule);
    this.files = new TableFiles(table, table.schema());
    this.search = new KeyLookup(layout, files);
    this.drafter = new CommitDrafter(table, layout, files, tuning, clock);
    this.housekeeping = new WriterMaintenance(load, layout, clock, housekeeper);
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
  public synchronized UpsertResult upsert(RowBatch batch) {
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
    Ancestry way = Ancestry.of(table, table.currentSnapshot(), snapshot);
    return way.reached() ? way.snapshots().stream().filter(its -> !DataOperations.REPLACE.equals(its.operation())).count() : -1;
  }

  private interface Attempt<T> {
    T run();
  }

  private <T> T repeatedly(Attempt<T> attempt) {
    Backoff backoff = CommitRetry.backoff();
    for (int count = 1; ; count++) {
      try {
        return attempt.run();
      } catch (RuntimeException e) {
        // Whatever it was, what the memory says may be wrong now; the table itself tells the truth.
        memory = null;
        if (count >= tuning.attempts() || !CommitRetry.isTransient(e) && !CommitRetry.isUnknown(e)) {
          throw e;
        }
        LOG.warn("Commit to {} failed, attempt {}: {}", table.name(), count, CommitRetry.reason(e));
        CommitRetry.pause(backoff);
      }
    }
  }

  private UpsertResult attempt(RowBatch batch) {
    reconcile();
    Snapshot base = table.currentSnapshot();
    TopicOffsets held = offsetsHeld(batch);
    List<Change> changes = changes(batch, held);
    if (changes.isEmpty()) {
      return new UpsertResult(0, 0, batch.rows().size(), rowsOf(base), false);
    }
    CommitDraft draft = new CommitDraft();
    String mark = UUID.randomUUID().toString();
    try {
      Set<String> referenced = drafter.draft(changes, memory, draft);
      draft.commit(table, base, referenced, mark, batch.topic(), held.advancedTo(batch.generation(), batch.endOffsets()));
    } catch (CommitStateUnknownException e) {
      // It may stand: its files must stay. The next attempt sees the offsets of the table and knows.
      throw e;
    } catch (RuntimeException e) {
      files.discard(draft.newLocations());
      throw e;
    }
    memory.keep(draft);
    Snapshot after = table.currentSnapshot();
    // The catalog may have let others in between the base and this commit, and behind it.
    if (!followCompactions(after, base == null ? null : base.snapshotId(), mark)) {
      memory = null;
    }
    lastSnapshot = after.snapshotId();
    housekeeping.occasionally();
    long replaced = changes.stream().filter(change -> change.before() != null).count();
    return new UpsertResult(changes.size() - replaced, replaced, batch.rows().size() - changes.size(), rowsOf(after), true);
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
      memory = new WriterCache(layout, tuning.rememberedRows(), KeyHighWatermark.of(table, layout.orderField()));
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
    Ancestry way = Ancestry.of(table, current, since);
    List<Snapshot> others = way.snapshots().stream().filter(snapshot -> !own.equals(snapshot.summary().get(CommitDraft.MARK))).toList();
    boolean followed = way.reached() && others.stream().allMatch(snapshot -> DataOperations.REPLACE.equals(snapshot.operation()));
    if (followed) {
      for (Snapshot compaction : others) {
        compaction.removedDataFiles(table.io()).forEach(file -> memory.forget(file.location()));
      }
    }
    return followed;
  }

  // ---- What a batch changes -------------------------------------------------------------------------------------------------------

  private List<Change> changes(RowBatch batch, TopicOffsets held) {
    Map<Digest, Row> candidates = lastOfEachKey(batch, held);
    Map<Digest, KeyCache.StoredRow> standing = standing(candidates);
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
  private Change change(Digest key, Row row, KeyCache.StoredRow before, long now) {
    if (rule.winner() == UpsertRule.Winner.FIRST) {
      return before == null ? new Change(new KeyedRow(key, row, 0, now), null) : null;
    }
    if (before != null && rule.winner() == UpsertRule.Winner.HIGHEST && layout.rankOf(row) <= before.rank()) {
      return null;
    }
    long values = layout.valuesOf(row);
    return before == null || values != before.values() ? new Change(new KeyedRow(key, row, values, now), before) : null;
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

  private Map<Digest, KeyCache.StoredRow> standing(Map<Digest, Row> candidates) {
    Map<Digest, KeyCache.StoredRow> standing = new HashMap<>();
    Map<Digest, Row> sought = new HashMap<>();
    candidates.forEach(
        (key, row) -> {
          Optional<KeyCache.StoredRow> remembered = memory.recall(key);
          if (remembered.isPresent() && (memory.isLocated(remembered.get()) || rule.winner() == UpsertRule.Winner.FIRST)) {
            standing.put(key, remembered.get());
          } else if (remembered.isPresent() || !memory.isPlainlyNew(row)) {
            sought.put(key, row);
          }
        });
    search.search(
        sought,
        (key, row, task, position) -> standing.put(key, memory.locate(key, row, task.file(), position)),
        (task, live) -> memory.files().number(task.file(), live));
    return standing;
  }
}
