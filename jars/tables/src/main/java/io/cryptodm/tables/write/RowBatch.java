package io.cryptodm.tables.write;

import io.cryptodm.contracts.Generations;
import io.cryptodm.tables.rows.Row;
import java.util.List;

/**
 * The rows that one trigger reads from a topic for one table.
 *
 * @param topic name of the topic, or null when the rows come from no topic
 * @param generations of the topic now
 * @param ends up to where the table holds the topic after the batch
 */
public record RowBatch(String topic, Generations generations, TopicOffsets ends, List<Row> rows) {
  private static final Generations ANY = Generations.whole(1);

  /** Rows that come from no topic: only their keys tell whether the table has them. */
  public static RowBatch of(List<Row> rows) {
    return new RowBatch(null, ANY, TopicOffsets.NONE, rows);
  }
}
