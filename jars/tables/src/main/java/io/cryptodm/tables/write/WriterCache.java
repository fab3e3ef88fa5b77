package io.cryptodm.tables.write;

import io.cryptodm.tables.rows.Digest;
import io.cryptodm.tables.rows.KeyIndex;
import io.cryptodm.tables.rows.KeyedRow;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.RowLayout;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.PartitionKey;

/** What the writer of a table keeps in memory: the place of the rows of recent keys, and the hot files. */
final class WriterCache {
  /** Upper limit of the partitions that are remembered as visited. */
  private static final int MAX_VISITED = 10_000;

  private final RowLayout layout;
  private final KeyCache keys;
  private final FileNumbers known = new FileNumbers();
  private final HotFiles hot = new HotFiles();
  private final Set<PartitionKey> visited = new HashSet<>();

  /**
   * @param cachedKeys number of keys kept
   * @param base watermark of what the table held before this cache began
   */
  WriterCache(RowLayout layout, int cachedKeys, KeyWatermark base) {
    this.layout = layout;
    this.keys = new KeyCache(layout, cachedKeys, base);
  }

  Optional<KeyCache.StoredRow> find(Digest key) {
    HotFile hotFile = hot.holding(key);
    if (hotFile != null) {
      KeyedRow row = hotFile.rows().get(key);
      return Optional.of(new KeyCache.StoredRow(layout.rankOf(row.row()), row.values(), hotFile.slot(), KeyIndex.NO_POSITION));
    }
    return keys.find(key);
  }

  /** False if the file of the row was replaced by a compaction, so that its place is unknown. */
  boolean isLocated(KeyCache.StoredRow row) {
    return known.file(row.file()) != null || row.position() == KeyIndex.NO_POSITION && hot.holdsSlot(row.file());
  }

  /** True if the key, when it is not cached, cannot be in the table. */
  boolean isCertainlyNew(Row row) {
    return keys.isCertainlyNew(row);
  }

  /** What no key of the row's prefix exceeds that is in the table and not cached. */
  KeyWatermark.Limit limitOf(Row row) {
    return keys.limitOf(row);
  }

  /** So many rows that are put are all in the cache afterwards. */
  int certainlyKept() {
    return keys.certainlyKept();
  }

  /** See {@link KeyCache#announce}. */
  void announce(Map<Long, Object> highest) {
    keys.announce(highest);
  }

  /** Caches a row of a file that the next commit adds. */
  void put(Digest key, long rank, long values, int file, int position) {
    keys.put(key, rank, values, file, position);
  }

  /** Caches a row that was found in the table. */
  KeyCache.StoredRow locate(Digest key, Row row, DataFile file, int position) {
    int number = known.number(file, file.recordCount());
    KeyCache.StoredRow found = new KeyCache.StoredRow(layout.rankOf(row), layout.valuesOf(row), number, position);
    keys.put(key, row, found.rank(), found.values(), number, position);
    return found;
  }

  /** Files of the table by number. */
  FileNumbers files() {
    return known;
  }

  HotFiles hot() {
    return hot;
  }

  /** True on the first call for a partition, as long as the number of partitions is within the limit. */
  boolean visit(PartitionKey partition) {
    return visited.size() < MAX_VISITED && visited.add(partition);
  }

  /** A compaction has replaced the file, so the place of its rows is unknown. */
  void forget(String location) {
    known.forget(location);
    HotFile hotFile = hot.at(location);
    if (hotFile != null) {
      hot.remove(hotFile);
      // A number without a file: the rows are in the table and are looked up when they are needed.
      place(List.copyOf(hotFile.rows().values()), known.reserve());
    }
  }

  /** Follows a commit of this writer. */
  void keep(CommitDraft draft) {
    draft.removed.forEach(file -> known.forget(file.location()));
    draft.deletedRows.forEach(known::deleteRows);
    draft.unused.forEach(known::forget);
    draft.cooled.forEach(hot::remove);
    for (CommitDraft.Sealed file : draft.sealed) {
      place(file.rows(), known.number(file.file(), file.rows().size()));
    }
    for (CommitDraft.Hot file : draft.hot) {
      hot.put(file.partition(), new HotFile(file.slot(), file.file(), file.rows()));
    }
    for (HotFile cooling : hot.removeColdest()) {
      place(List.copyOf(cooling.rows().values()), known.number(cooling.file(), cooling.rows().size()));
    }
  }

  private void place(List<KeyedRow> rows, int file) {
    for (int position = 0; position < rows.size(); position++) {
      KeyedRow row = rows.get(position);
      keys.put(row.key(), row.row(), layout.rankOf(row.row()), row.values(), file, position);
    }
  }
}
