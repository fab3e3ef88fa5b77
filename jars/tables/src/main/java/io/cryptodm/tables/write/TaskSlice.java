package io.cryptodm.tables.write;

import io.cryptodm.tables.rows.EncodedRows;
import java.io.Serializable;
import java.util.List;

/**
 * What one task gives of its part of a batch for one table.
 *
 * @param rows those that go the way of small batches
 * @param files those of the partitions that have many
 */
public record TaskSlice(EncodedRows rows, List<TaskFile> files) implements Serializable {
  /** Rows alone. */
  public static TaskSlice of(EncodedRows rows) {
    return new TaskSlice(rows, List.of());
  }
}
