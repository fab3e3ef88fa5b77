package io.cryptodm.tables.verify;

import static io.cryptodm.tables.TestLake.QUOTES;
import static io.cryptodm.tables.TestLake.batch;
import static io.cryptodm.tables.TestLake.minutes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cryptodm.tables.TestLake;
import io.cryptodm.tables.rows.KeyedRow;
import io.cryptodm.tables.storage.TableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.RewriteFiles;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuardedTableTest {
  @TempDir Path folder;
  private TestLake lake;
  private Table guarded;
  private final GuardedTable.Comparison compared = new GuardedTable.Comparison();

  @BeforeEach
  void open() {
    lake = TestLake.in(folder);
    lake.quotes().upsert(batch(1, minutes("BTC", 100, 0, "1")));
    guarded = GuardedTable.over(lake.table(QUOTES), compared);
  }

  @AfterEach
  void close() throws IOException {
    lake.close();
  }

  @Test
  void sameRowsInAnotherOrderAreCommitted() throws IOException {
    Map<String, String> before = lake.prices();
    rewrite(rows -> Collections.reverse(rows)).commit();
    assertEquals(before, lake.prices());
    assertEquals(100, compared.rows());
    compared.requireNoRefusal();
  }

  @Test
  void lostRowIsRefused() throws IOException {
    RewriteFiles rewrite = rewrite(rows -> rows.remove(7));
    assertThrows(GuardedTable.ChangedRows.class, rewrite::commit);
    assertThrows(GuardedTable.ChangedRows.class, compared::requireNoRefusal);
    assertEquals(1, lake.snapshots(QUOTES));
  }

  @Test
  void changedValueIsRefused() throws IOException {
    RewriteFiles rewrite = rewrite(rows -> rows.set(7, rows.get(8)));
    assertThrows(GuardedTable.ChangedRows.class, rewrite::commit);
    assertEquals(100, lake.prices().size());
  }

  private interface Edit {
    void of(List<KeyedRow> rows);
  }

  private RewriteFiles rewrite(Edit edit) throws IOException {
    TableFiles files = new TableFiles(guarded, guarded.schema());
    try (CloseableIterable<FileScanTask> tasks = guarded.newScan().planFiles()) {
      FileScanTask task = tasks.iterator().next();
      List<KeyedRow> rows = new ArrayList<>();
      files.read(task, (row, position) -> rows.add(new KeyedRow(null, row, 0, 0)));
      edit.of(rows);
      DataFile file = files.write(rows, task.file().partition(), new TableFiles.Kind(false, false));
      return guarded.newRewrite().deleteFile(task.file()).addFile(file);
    }
  }
}
