package io.cryptodm.tables.write;

import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.RowLayout;
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
final class KeyHighWatermark implements KeyWatermark {
  private final RowLayout layout;
  private final boolean unknown;
  private final Object highest;

  private KeyHighWatermark(RowLayout layout, boolean unknown, Object highest) {
    this.layout = layout;
    this.unknown = unknown;
    this.highest = highest;
  }

  static KeyHighWatermark of(Table table, RowLayout layout) {
    if (table.currentSnapshot() == null) {
      return new KeyHighWatermark(layout, false, null);
    }
    Types.NestedField order = layout.orderField();
    Object highest = null;
    try (CloseableIterable<FileScanTask> tasks = table.newScan().includeColumnStats().planFiles()) {
      for (FileScanTask task : tasks) {
        ByteBuffer bound = task.file().upperBounds() == null ? null : task.file().upperBounds().get(order.fieldId());
        if (bound == null) {
          return new KeyHighWatermark(layout, true, null);
        }
        Object upper = Conversions.fromByteBuffer(order.type(), bound);
        highest = highest == null || RowOrder.compare(upper, highest) > 0 ? upper : highest;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the manifests of " + table.name(), e);
    }
    return new KeyHighWatermark(layout, false, highest);
  }

  /** True if every key of the table is lower than this one. */
  @Override
  public boolean isBelow(Row row) {
    return !unknown && (highest == null || RowOrder.compare(layout.orderOf(row), highest) > 0);
  }
}
