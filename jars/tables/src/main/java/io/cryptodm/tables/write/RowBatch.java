package io.cryptodm.tables.write;

import io.cryptodm.tables.rows.Row;
import java.util.List;
import java.util.Map;

/**
 * What one trigger read from a topic for one table.
 *
 * @param topic name of the topic, or null when the rows come from no topic
 * @param generation of the topic, counted from 1
 * @param endOffsets per partition, exclusive: what the table holds once the batch is in
 */
public record RowBatch(String topic, long generation, Map<Integer, Long> endOffsets, List<Row> rows) {
  /** Rows from outside any topic; only their keys tell whether the table has them. */
  public static RowBatch of(List<Row> rows) {
    return new RowBatch(null, 0, Map.of(), rows);
  }
}
