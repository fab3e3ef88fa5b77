package io.cryptodm.tables.write;

import io.cryptodm.tables.rows.Row;
import java.util.List;
import java.util.Map;

/**
 * The rows that one trigger reads from a topic for one table.
 *
 * @param topic name of the topic, or null when the rows come from no topic
 * @param generation of the topic, counted from 1
 * @param endOffsets per partition, exclusive: up to where the table holds the topic after the batch
 */
public record RowBatch(String topic, long generation, Map<Integer, Long> endOffsets, List<Row> rows) {
  /** Rows that come from no topic: only their keys tell whether the table has them. */
  public static RowBatch of(List<Row> rows) {
    return new RowBatch(null, 0, Map.of(), rows);
  }
}
