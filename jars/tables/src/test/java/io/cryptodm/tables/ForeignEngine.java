package io.cryptodm.tables;

import io.cryptodm.tables.rows.KeyedRow;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.RowLayout;
import io.cryptodm.tables.rows.UpsertRule;
import io.cryptodm.tables.storage.TableFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;

/** Commits as another engine does: without a look at the keys, and without the lake's mark. */
public final class ForeignEngine {
  public static final String NAME = "spark 3.5.7";

  private ForeignEngine() {}

  /** Appends rows of one partition, as Spark names itself. */
  public static void append(Table table, Row... rows) {
    append(table, true, rows);
  }

  /** @param named false for an engine that does not name itself */
  public static void append(Table table, boolean named, Row... rows) {
    AppendFiles append = table.newFastAppend().appendFile(write(table, rows));
    if (named) {
      append.set("engine-name", "spark").set("engine-version", "3.5.7").set("spark.app.id", "local-1");
    }
    append.commit();
  }

  private static DataFile write(Table table, Row... rows) {
    RowLayout layout = new RowLayout(table.schema(), table.sortOrder(), UpsertRule.QUOTES);
    PartitionKey partition = new PartitionKey(table.spec(), table.schema());
    partition.partition(rows[0]);
    List<KeyedRow> keyed = new ArrayList<>();
    for (Row row : rows) {
      keyed.add(new KeyedRow(layout.keyOf(row), row, 0, 0));
    }
    return new TableFiles(table, table.schema()).write(keyed, partition, new TableFiles.Kind(false, false));
  }

  /** Locations of the data files of the present snapshot. */
  public static List<String> files(Table table) {
    table.refresh();
    List<String> files = new ArrayList<>();
    try (CloseableIterable<FileScanTask> tasks = table.newScan().planFiles()) {
      tasks.forEach(task -> files.add(task.file().location()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }
}
