package io.cryptodm.tables.write;

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
final class KeyHighWatermark {
  private KeyHighWatermark() {}

  static KeyWatermark of(Table table, RowLayout layout) {
    KeyWatermark.Limit limit = limitOf(table, layout);
    return row -> limit;
  }

  private static KeyWatermark.Limit limitOf(Table table, RowLayout layout) {
    if (table.currentSnapshot() == null) {
      return KeyWatermark.Limit.NOTHING;
    }
    Types.NestedField order = layout.orderField();
    Object highest = null;
    try (CloseableIterable<FileScanTask> tasks = table.newScan().includeColumnStats().planFiles()) {
      for (FileScanTask task : tasks) {
        ByteBuffer bound = task.file().upperBounds() == null ? null : task.file().upperBounds().get(order.fieldId());
        if (bound == null) {
          return KeyWatermark.Limit.UNKNOWN;
        }
        Object upper = Conversions.fromByteBuffer(order.type(), bound);
        highest = highest == null || RowOrder.compare(upper, highest) > 0 ? upper : highest;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the manifests of " + table.name(), e);
    }
    return KeyWatermark.Limit.of(highest);
  }
}
