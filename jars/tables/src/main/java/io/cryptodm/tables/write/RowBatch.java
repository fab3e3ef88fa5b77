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
 * @param files of the tasks that have parsed the batch, with rows that are not among {@code rows}
 */
public record RowBatch(String topic, Generations generations, TopicOffsets ends, List<Row> rows, List<TaskFile> files) {
  private static final Generations ANY = Generations.whole(1);

  /** Rows alone. */
  public RowBatch(String topic, Generations generations, TopicOffsets ends, List<Row> rows) {
    this(topic, generations, ends, rows, List.of());
  }

  /** Rows that come from no topic: only their keys tell whether the table has them. */
  public static RowBatch of(List<Row> rows) {
    return new RowBatch(null, ANY, TopicOffsets.NONE, rows);
  }
}
