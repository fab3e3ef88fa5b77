package io.cryptodm.tables.write;

import io.cryptodm.tables.rows.Digest;
import io.cryptodm.tables.rows.KeyIndex;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.RowLayout;
import io.cryptodm.tables.rows.RowOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A bounded cache of rows by key, with a high-watermark above which it is complete: a key above the watermark that is not cached is not in the
 * table. For a key below it only the table knows.
 *
 * <p>The cache has two generations. When the young one is full it becomes the old one, the old one is dropped, and the watermark of each
 * key prefix rises to its highest dropped key.
 */
final class KeyCache {
  /** The row that the table holds under a key: its rank, the digest of its values, the number of its file, its position in the file. */
  record StoredRow(long rank, long values, int file, int position) {}

  private final RowLayout layout;
  private final int limit;
  private KeyIndex young = new KeyIndex();
  private KeyIndex old = new KeyIndex();
  private Map<Long, Object> youngHighest = new HashMap<>();
  private Map<Long, Object> oldHighest = new HashMap<>();
  private final Map<Long, Object> watermarks = new HashMap<>();
  private final KeyWatermark base;
  /** Highest order values of rows that may still be put. */
  private Map<Long, Object> announced = Map.of();

  /**
   * @param limit number of entries in both generations together
   * @param base watermark of what the table held before this cache began
   */
  KeyCache(RowLayout layout, int limit, KeyWatermark base) {
    this.layout = layout;
    this.limit = limit;
    this.base = base;
  }

  Optional<StoredRow> find(Digest key) {
    int slot = young.find(key);
    if (slot >= 0) {
      return Optional.of(known(young, slot));
    }
    slot = old.find(key);
    return slot >= 0 ? Optional.of(known(old, slot)) : Optional.empty();
  }

  private static StoredRow known(KeyIndex rows, int slot) {
    return new StoredRow(rows.rank(slot), rows.values(slot), rows.file(slot), rows.position(slot));
  }

  /** What no key of the row's prefix exceeds that is in the table and not cached. */
  KeyWatermark.Limit limitOf(Row row) {
    KeyWatermark.Limit limit = base.limitOf(row);
    return watermarks.isEmpty() ? limit : limit.or(KeyWatermark.Limit.of(watermarks.get(layout.prefixOf(row))));
  }

  /** True if the key, when it is not cached, cannot be in the table. */
  boolean isCertainlyNew(Row row) {
    return limitOf(row).isBelow(layout.orderOf(row));
  }

  /**
   * Announces many rows that are put without their key columns.
   *
   * @param highest the highest order value among them by prefix
   */
  void announce(Map<Long, Object> highest) {
    announced = highest;
    announced.forEach(this::note);
  }

  /** Takes a row that was announced. */
  void put(Digest key, long rank, long values, int file, int position) {
    if (young.size() >= limit / 2) {
      rotate();
    }
    young.put(key, rank, values, file, position);
  }

  private void note(long prefix, Object highest) {
    youngHighest.merge(prefix, highest, KeyCache::higher);
  }

  void put(Digest key, Row row, long rank, long values, int file, int position) {
    put(key, rank, values, file, position);
    note(layout.prefixOf(row), layout.orderOf(row));
  }

  private void rotate() {
    oldHighest.forEach((prefix, highest) -> watermarks.merge(prefix, highest, KeyCache::higher));
    old = young;
    oldHighest = youngHighest;
    young = new KeyIndex();
    youngHighest = new HashMap<>(announced);
  }

  private static Object higher(Object left, Object right) {
    return RowOrder.compare(left, right) >= 0 ? left : right;
  }

  /** So many rows that are put are all in the cache afterwards. */
  int certainlyKept() {
    return limit / 2;
  }

  int size() {
    return young.size() + old.size();
  }
}
