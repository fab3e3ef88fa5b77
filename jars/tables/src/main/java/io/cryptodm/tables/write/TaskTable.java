package io.cryptodm.tables.write;

import io.cryptodm.tables.rows.UpsertRule;
import java.io.Serializable;
import java.util.Map;
import org.apache.iceberg.Table;

/**
 * What a task needs of a table to write its part of a large batch into files. It is sent to where the task runs.
 *
 * @param table a copy of Iceberg's that can be serialized
 * @param fileRows more rows of one partition than these become a file
 * @param standing offsets by partition below which the table holds the topic
 */
public record TaskTable(Table table, UpsertRule rule, int fileRows, Map<Integer, Long> standing) implements Serializable {
  /** Begins to collect the rows of one task. */
  public TaskRows collect() {
    return new TaskRows(this);
  }
}
