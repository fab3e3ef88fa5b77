package io.cryptodm.tables.compact;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.tables.TestLake;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.RowOrder;
import io.cryptodm.tables.rows.UpsertRule;
import io.cryptodm.tables.storage.TableFiles;
import io.cryptodm.tables.verify.GuardedTable;
import io.cryptodm.tables.write.KeyedTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.RewriteFiles;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Many small files with deletes become few sorted ones, in memory and through sorted runs. */
class SortedRewriteTest {
  private static final Instant MIDNIGHT = Instant.parse("2025-07-08T00:00:00Z");

  @TempDir Path folder;
  private TestLake lake;
  private final Map<String, String> expected = new TreeMap<>();

  @BeforeEach
  void fill() {
    lake = TestLake.in(folder);
    // Without a hot file, so that each batch leaves a file and each revision a delete.
    KeyedTable quotes = lake.keyed(TestLake.QUOTES, UpsertRule.QUOTES, new KeyedTable.Tuning(10_000, 1, 0, 3));
    long offset = 0;
    for (int piece = 0; piece < 12; piece++) {
      List<Row> rows = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        // The pieces overlap, and later ones revise earlier ones.
        Instant minute = MIDNIGHT.plusSeconds(60L * ((piece % 9) * 36 + piece / 9 * 4 + i));
        String coin = i % 2 == 0 ? "BTC" : "AVAX";
        rows.add(TestLake.quote(coin, minute, Long.toString(100 + offset), offset));
        expected.put(TestLake.key(coin, minute), Long.toString(100 + offset));
        offset++;
      }
      quotes.upsert(TestLake.batch(1, rows));
    }
  }

  @AfterEach
  void close() throws IOException {
    lake.close();
  }

  private List<FileScanTask> tasks(Table table) throws IOException {
    List<FileScanTask> tasks = new ArrayList<>();
    try (CloseableIterable<FileScanTask> planned = table.newScan().planFiles()) {
      planned.forEach(tasks::add);
    }
    return tasks;
  }

  private long parquetFiles() throws IOException {
    try (Stream<Path> walk = Files.walk(folder)) {
      return walk.filter(file -> file.toString().endsWith(".parquet")).count();
    }
  }

  @ParameterizedTest
  @CsvSource({"100000,1", "100000,3", "25,1", "25,4", "1,1"})
  void givesTheSameRowsSorted(int runRows, int outputs) throws IOException {
    Table table = lake.table(TestLake.QUOTES);
    List<FileScanTask> tasks = tasks(table);
    assertTrue(tasks.size() > 5 && tasks.stream().anyMatch(task -> !task.deletes().isEmpty()), "no deletes among " + tasks.size());
    long files = parquetFiles();
    Set<DataFile> written = new SortedRewrite(table, new GuardedTable.Comparison(), runRows).write(tasks, outputs);
    assertEquals(outputs, written.size());
    assertEquals(files + outputs, parquetFiles(), "sorted runs were not removed");
    RewriteFiles rewrite = table.newRewrite().validateFromSnapshot(table.currentSnapshot().snapshotId());
    tasks.forEach(task -> rewrite.deleteFile(task.file()));
    written.forEach(rewrite::addFile);
    rewrite.commit();
    assertEquals(expected, new TreeMap<>(lake.prices()));
    for (FileScanTask task : tasks(lake.table(TestLake.QUOTES))) {
      assertEquals(table.sortOrder().orderId(), task.file().sortOrderId());
      assertSorted(table, task);
    }
  }

  private void assertSorted(Table table, FileScanTask task) {
    List<Row> rows = new ArrayList<>();
    new TableFiles(table, table.schema()).read(task, (row, position) -> rows.add(row));
    var order = RowOrder.of(table.schema(), table.sortOrder());
    for (int i = 1; i < rows.size(); i++) {
      assertTrue(order.compare(rows.get(i - 1), rows.get(i)) <= 0, "row " + i + " of " + task.file().location());
    }
  }

  @Test
  void writesNothingWhenAllRowsAreGone() throws IOException {
    Table table = lake.table(TestLake.QUOTES);
    List<TableFiles.Position> all = new ArrayList<>();
    TableFiles files = new TableFiles(table, table.schema());
    for (FileScanTask task : tasks(table)) {
      for (int row = 0; row < task.file().recordCount(); row++) {
        all.add(new TableFiles.Position(task.file().location(), row));
      }
    }
    var partition = files.partitionOf(tasks(table).get(0).file());
    table.newRowDelta().addDeletes(files.writeDeletes(all, table.spec(), partition)).commit();
    assertEquals(Set.of(), new SortedRewrite(table, new GuardedTable.Comparison()).write(tasks(table), 1));
  }
}
