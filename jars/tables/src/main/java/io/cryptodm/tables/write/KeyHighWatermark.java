package io.cryptodm.tables.write;

import io.cryptodm.tables.rows.RowOrder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Types;

/** The highest time of a key in a table, according to the bounds of its files; only manifests are read. */
final class KeyHighWatermark {
  private static final KeyHighWatermark EMPTY = new KeyHighWatermark(false, null);
  private static final KeyHighWatermark UNKNOWN = new KeyHighWatermark(true, null);

  private final boolean unknown;
  private final Object highest;

  private KeyHighWatermark(boolean unknown, Object highest) {
    this.unknown = unknown;
    this.highest = highest;
  }

  static KeyHighWatermark of(Table table, Types.NestedField order) {
    if (table.currentSnapshot() == null) {
      return EMPTY;
    }
    Object highest = null;
    try (CloseableIterable<FileScanTask> tasks = table.newScan().includeColumnStats().planFiles()) {
      for (FileScanTask task : tasks) {
        ByteBuffer bound = task.file().upperBounds() == null ? null : task.file().upperBounds().get(order.fieldId());
        if (bound == null) {
          return UNKNOWN;
        }
        Object upper = Conversions.fromByteBuffer(order.type(), bound);
        highest = highest == null || RowOrder.compare(upper, highest) > 0 ? upper : highest;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the manifests of " + table.name(), e);
    }
    return new KeyHighWatermark(false, highest);
  }

  /** True if every key of the table is lower than this one. */
  boolean isBelow(Object order) {
    return !unknown && (highest == null || RowOrder.compare(order, highest) > 0);
  }
}
