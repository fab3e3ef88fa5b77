package io.cryptodm.tables.write;

import io.cryptodm.tables.rows.Digest;
import io.cryptodm.tables.rows.KnownRows;
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
final class KeyMemory {
  /** What the table holds under a key. */
  record Known(long rank, long values, int file, int position) {}


  private final RowLayout layout;
  private final int limit;
  private KnownRows young = new KnownRows();
  private KnownRows old = new KnownRows();
  private Map<Long, Object> youngTops = new HashMap<>();
  private Map<Long, Object> oldTops = new HashMap<>();
  private final Map<Long, Object> heights = new HashMap<>();
  private final TableHeight base;

  /**
   * @param limit entries kept, both generations together
   * @param base what the table held before this memory began
   */
  KeyMemory(RowLayout layout, int limit, TableHeight base) {
    this.layout = layout;
    this.limit = limit;
    this.base = base;
  }

  Optional<Known> recall(Digest key) {
    int slot = young.find(key);
    if (slot >= 0) {
      return Optional.of(known(young, slot));
    }
    slot = old.find(key);
    return slot >= 0 ? Optional.of(known(old, slot)) : Optional.empty();
  }

  private static Known known(KnownRows rows, int slot) {
    return new Known(rows.rank(slot), rows.values(slot), rows.file(slot), rows.position(slot));
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
    youngTops.merge(layout.prefixOf(row), layout.orderOf(row), KeyMemory::higher);
  }

  private void turnOver() {
    oldTops.forEach((prefix, top) -> heights.merge(prefix, top, KeyMemory::higher));
    old = young;
    oldTops = youngTops;
    young = new KnownRows();
    youngTops = new HashMap<>();
  }

  private static Object higher(Object left, Object right) {
    return RowOrder.compare(left, right) >= 0 ? left : right;
  }

  int size() {
    return young.size() + old.size();
  }
}
