package io.cryptodm.tables.write;

import io.cryptodm.tables.rows.Digest;
import io.cryptodm.tables.rows.KeyedRow;
import io.cryptodm.tables.rows.KeyIndex;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.RowLayout;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.PartitionKey;

/** What the writer of a table knows of it: where the rows of recently met keys lie, and the young ends of its partitions. */
final class WriterCache {
  /** Partitions in which a small file to take over was looked for. */
  private static final int MAX_VISITED = 10_000;

  private final RowLayout layout;
  private final KeyCache keys;
  private final FileNumbers known = new FileNumbers();
  private final HotFiles hot = new HotFiles();
  private final Set<PartitionKey> visited = new HashSet<>();

  /**
   * @param rememberedRows keys kept
   * @param base what the table held before this memory began
   */
  WriterCache(RowLayout layout, int rememberedRows, KeyHighWatermark base) {
    this.layout = layout;
    this.keys = new KeyCache(layout, rememberedRows, base);
  }

  Optional<KeyCache.StoredRow> recall(Digest key) {
    HotFile young = hot.holding(key);
    if (young != null) {
      KeyedRow row = young.rows().get(key);
      return Optional.of(new KeyCache.StoredRow(layout.rankOf(row.row()), row.values(), young.slot(), KeyIndex.NO_POSITION));
    }
    return keys.recall(key);
  }

  /** False when the row was in a file that a compaction has taken away, or that has been replaced. */
  boolean isLocated(KeyCache.StoredRow row) {
    return known.file(row.file()) != null || row.position() == KeyIndex.NO_POSITION && hot.holdsSlot(row.file());
  }

  /** True when a key that is not remembered cannot be in the table. */
  boolean isPlainlyNew(Row row) {
    return keys.isPlainlyNew(row);
  }

  /** Keeps a row that was found in the table. */
  KeyCache.StoredRow locate(Digest key, Row row, DataFile file, int position) {
    int number = known.number(file, file.recordCount());
    KeyCache.StoredRow found = new KeyCache.StoredRow(layout.rankOf(row), layout.valuesOf(row), number, position);
    keys.remember(key, row, found.rank(), found.values(), number, position);
    return found;
  }

  /** Files of the table by number. */
  FileNumbers files() {
    return known;
  }

  HotFiles hot() {
    return hot;
  }

  /** True the first time that this is asked for a partition, and for no more of them than can be kept. */
  boolean visit(PartitionKey partition) {
    return visited.size() < MAX_VISITED && visited.add(partition);
  }

  /** A compaction has taken the file away: its rows lie elsewhere now. */
  void forget(String location) {
    known.forget(location);
    HotFile young = hot.at(location);
    if (young != null) {
      hot.remove(young);
      // A number without a file: the rows are known to be somewhere, and are looked for when they matter.
      place(List.copyOf(young.rows().values()), known.reserve());
    }
  }

  /** Follows a commit that stands now. */
  void keep(CommitDraft draft) {
    draft.removed.forEach(file -> known.forget(file.location()));
    draft.takenAway.forEach(known::takeAway);
    draft.cooled.forEach(hot::remove);
    for (CommitDraft.Sealed file : draft.sealed) {
      place(file.rows(), known.number(file.file(), file.rows().size()));
    }
    for (CommitDraft.Heated file : draft.heated) {
      hot.put(file.partition(), new HotFile(file.slot(), file.file(), file.rows()));
    }
    for (HotFile cooling : hot.removeColdest()) {
      place(List.copyOf(cooling.rows().values()), known.number(cooling.file(), cooling.rows().size()));
    }
  }

  private void place(List<KeyedRow> rows, int file) {
    for (int position = 0; position < rows.size(); position++) {
      KeyedRow row = rows.get(position);
      keys.remember(row.key(), row.row(), layout.rankOf(row.row()), row.values(), file, position);
    }
  }
}
