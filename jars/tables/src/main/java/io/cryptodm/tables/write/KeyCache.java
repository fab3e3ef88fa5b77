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
 * A bounded memory of the rows under recently met keys, and the height above which it is complete: a key above it that is not
 * remembered is not in the table. Below, only a look into the table tells.
 *
 * <p>Two generations: when the young one is full it becomes the old one, what the old one held is forgotten, and the height of each
 * prefix rises to the highest key that was forgotten.
 */
final class KeyCache {
  /** What the table holds under a key. */
  record StoredRow(long rank, long values, int file, int position) {}


  private final RowLayout layout;
  private final int limit;
  private KeyIndex young = new KeyIndex();
  private KeyIndex old = new KeyIndex();
  private Map<Long, Object> youngTops = new HashMap<>();
  private Map<Long, Object> oldTops = new HashMap<>();
  private final Map<Long, Object> heights = new HashMap<>();
  private final KeyHighWatermark base;

  /**
   * @param limit entries kept, both generations together
   * @param base what the table held before this memory began
   */
  KeyCache(RowLayout layout, int limit, KeyHighWatermark base) {
    this.layout = layout;
    this.limit = limit;
    this.base = base;
  }

  Optional<StoredRow> recall(Digest key) {
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

  /** True when a key that is not remembered cannot be in the table. */
  boolean isPlainlyNew(Row row) {
    Object order = layout.orderOf(row);
    if (!base.isBelow(order)) {
      return false;
    }
    Object height = heights.isEmpty() ? null : heights.get(layout.prefixOf(row));
    return height == null || RowOrder.compare(order, height) > 0;
  }

  void remember(Digest key, Row row, long rank, long values, int file, int position) {
    if (young.size() >= limit / 2) {
      turnOver();
    }
    young.put(key, rank, values, file, position);
    youngTops.merge(layout.prefixOf(row), layout.orderOf(row), KeyCache::higher);
  }

  private void turnOver() {
    oldTops.forEach((prefix, top) -> heights.merge(prefix, top, KeyCache::higher));
    old = young;
    oldTops = youngTops;
    young = new KeyIndex();
    youngTops = new HashMap<>();
  }

  private static Object higher(Object left, Object right) {
    return RowOrder.compare(left, right) >= 0 ? left : right;
  }

  int size() {
    return young.size() + old.size();
  }
}
