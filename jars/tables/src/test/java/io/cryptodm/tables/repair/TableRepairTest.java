package io.cryptodm.tables.repair;

import static io.cryptodm.tables.TestLake.NOON;
import static io.cryptodm.tables.TestLake.QUOTES;
import static io.cryptodm.tables.TestLake.TRADES;
import static io.cryptodm.tables.TestLake.batch;
import static io.cryptodm.tables.TestLake.key;
import static io.cryptodm.tables.TestLake.minutes;
import static io.cryptodm.tables.TestLake.quote;
import static io.cryptodm.tables.TestLake.trade;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.tables.WithLake;
import io.cryptodm.tables.origin.CommitMark;
import io.cryptodm.tables.rows.KeyedRow;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.RowLayout;
import io.cryptodm.tables.rows.UpsertRule;
import io.cryptodm.tables.storage.LocalFileIO;
import io.cryptodm.tables.storage.TableFiles;
import io.cryptodm.tables.write.KeyedTable;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;
import org.junit.jupiter.api.Test;

class TableRepairTest extends WithLake {
  @Test
  void undamagedTableIsNotChanged() {
    lake.quotes().upsert(batch(1, minutes("BTC", 50, 0, "1")));
    assertEquals(Map.of(), found(QUOTES, UpsertRule.QUOTES));
    long before = lake.snapshots(QUOTES);
    repair(QUOTES, UpsertRule.QUOTES).repair(true);
    assertEquals(before, lake.snapshots(QUOTES));
  }

  @Test
  void tableWithoutCommitIsNotChanged() {
    lake.quotes();
    TableDamage damage = repair(QUOTES, UpsertRule.QUOTES).repair(true);
    assertEquals(0, damage.rows());
    assertEquals(List.of(), damage.findings());
    assertEquals(0, lake.snapshots(QUOTES));
    assertEquals(List.of(), repair(QUOTES, UpsertRule.QUOTES).accept().findings());
  }

  @Test
  void fileListedTwiceIsListedOnce() {
    KeyedTable quotes = lake.quotes();
    quotes.upsert(batch(1, minutes("BTC", 3_000, 0, "1")));
    quotes.upsert(batch(quote("BTC", NOON, "2", 3_000)));
    Map<String, String> sound = lake.prices();
    Table table = lake.table(QUOTES);
    table.newFastAppend().appendFile(dataFiles().get(0)).commit();
    assertEquals(1L, found(QUOTES, UpsertRule.QUOTES).get(TableDamage.Kind.FILE_TWICE));
    repair(QUOTES, UpsertRule.QUOTES).repair(false);
    assertEquals(Map.of(), found(QUOTES, UpsertRule.QUOTES));
    assertEquals(sound, lake.prices());
    // The writer that was running goes on with the repaired table.
    quotes.upsert(batch(quote("BTC", NOON, "3", 3_001), quote("BTC", NOON.plusSeconds(60), "3", 3_002)));
    assertEquals("3", lake.prices().get(key("BTC", NOON)));
    assertEquals(sound.size(), lake.prices().size());
  }

  @Test
  void rowOfTheHigherRevisionIsKept() {
    KeyedTable quotes = lake.quotes();
    quotes.upsert(batch(1, minutes("BTC", 30, 0, "1")));
    append(QUOTES, List.of(quote("BTC", NOON, "9", 500), quote("BTC", NOON.plusSeconds(60), "8", 0)));
    Map<TableDamage.Kind, Long> found = found(QUOTES, UpsertRule.QUOTES);
    assertEquals(Map.of(TableDamage.Kind.ROW_TWICE, 2L), found);
    repair(QUOTES, UpsertRule.QUOTES).repair(false);
    Map<String, String> prices = lake.prices();
    assertEquals(30, prices.size());
    assertEquals("9", prices.get(key("BTC", NOON)));
    assertEquals("1", prices.get(key("BTC", NOON.plusSeconds(60))));
    assertEquals(Map.of(), found(QUOTES, UpsertRule.QUOTES));
  }

  @Test
  void rowsThatDoNotFitIntoMemoryAreReadSeveralTimes() {
    lake.quotes().upsert(batch(1, minutes("BTC", 300, 0, "1")));
    List<Row> again = minutes("BTC", 100, 500, "9");
    append(QUOTES, again);
    append(QUOTES, minutes("ETH", 50, 900, "1"));
    TableDamage atOnce = new TableInspection(lake.table(QUOTES), UpsertRule.QUOTES).inspect();
    TableDamage inParts = new TableInspection(lake.table(QUOTES), UpsertRule.QUOTES, 7).inspect();
    assertEquals(450, atOnce.rows());
    assertEquals(450, inParts.rows());
    assertEquals(100, atOnce.findings().get(0).count());
    assertEquals(places(atOnce), places(inParts));
  }

  /** Rows that are superseded, by file. */
  private static Map<String, String> places(TableDamage damage) {
    return damage.superseded.entrySet().stream().collect(Collectors.toMap(file -> file.getKey().file().location(), file -> file.getValue().toString()));
  }

  @Test
  void firstTradeIsKept() {
    String id = "0197e5b2-1000-7000-8000-000000000001";
    lake.keyed(TRADES, UpsertRule.FACTS, KeyedTable.Tuning.DEFAULT).upsert(batch(trade(id, NOON, "1", 0)));
    append(TRADES, List.of(trade(id, NOON.plusSeconds(86_400), "5", 7)));
    assertEquals(Map.of(TableDamage.Kind.ROW_TWICE, 1L), found(TRADES, UpsertRule.FACTS));
    repair(TRADES, UpsertRule.FACTS).repair(false);
    assertEquals(1, lake.rows(TRADES).size());
    assertTrue(lake.rows(TRADES).get(0).getField("quantity").toString().startsWith("1."));
  }

  @Test
  void danglingDeletesAreRemoved() {
    KeyedTable quotes = lake.quotes();
    quotes.upsert(batch(1, minutes("BTC", 50, 0, "1")));
    Table table = lake.table(QUOTES);
    DataFile file = dataFiles().get(0);
    List<TableFiles.Position> nowhere = List.of(new TableFiles.Position(table.location() + "/data/gone.parquet", 3));
    DeleteFile dangling = new TableFiles(table, table.schema()).writeDeletes(nowhere, table.spec(), file.partition());
    table.newRowDelta().addDeletes(dangling).commit();
    assertEquals(Map.of(TableDamage.Kind.DANGLING_DELETE, 1L), found(QUOTES, UpsertRule.QUOTES));
    repair(QUOTES, UpsertRule.QUOTES).repair(false);
    assertEquals(Map.of(), found(QUOTES, UpsertRule.QUOTES));
    table.refresh();
    assertEquals("0", table.currentSnapshot().summary().get("total-delete-files"));
    assertEquals(50, lake.prices().size());
  }

  @Test
  void missingFileIsReportedAndForgottenOnRequestOnly() throws IOException {
    lake.quotes().upsert(batch(1, minutes("BTC", 10, 0, "1")));
    lake.quotes().upsert(batch(1, minutes("ETH", 3_000, 10, "1")));
    DataFile lost = dataFiles().get(0);
    Files.delete(LocalFileIO.pathOf(lost.location()));
    assertEquals(Map.of(TableDamage.Kind.MISSING_FILE, 1L), found(QUOTES, UpsertRule.QUOTES));
    repair(QUOTES, UpsertRule.QUOTES).repair(false);
    assertEquals(Map.of(TableDamage.Kind.MISSING_FILE, 1L), found(QUOTES, UpsertRule.QUOTES));
    repair(QUOTES, UpsertRule.QUOTES).repair(true);
    assertEquals(Map.of(), found(QUOTES, UpsertRule.QUOTES));
  }

  @Test
  void missingManifestListIsReported() throws IOException {
    lake.quotes().upsert(batch(quote("BTC", NOON, "1", 0)));
    Files.delete(LocalFileIO.pathOf(lake.table(QUOTES).currentSnapshot().manifestListLocation()));
    assertEquals(Map.of(TableDamage.Kind.MISSING_METADATA, 1L), found(QUOTES, UpsertRule.QUOTES));
  }

  private TableRepair repair(String table, UpsertRule rule) {
    return new TableRepair(lake.table(table), rule);
  }

  private Map<TableDamage.Kind, Long> found(String table, UpsertRule rule) {
    return repair(table, rule).inspect().findings().stream().collect(Collectors.toMap(TableDamage.Finding::kind, TableDamage.Finding::count));
  }

  private List<DataFile> dataFiles() {
    List<DataFile> files = new ArrayList<>();
    try (CloseableIterable<FileScanTask> tasks = lake.table(QUOTES).newScan().planFiles()) {
      tasks.forEach(task -> files.add(task.file()));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    files.sort((one, other) -> Long.compare(other.recordCount(), one.recordCount()));
    return files;
  }

  /** Appends rows without looking at their keys. */
  private void append(String name, List<Row> rows) {
    Table table = lake.table(name);
    RowLayout layout = new RowLayout(table.schema(), table.sortOrder(), UpsertRule.QUOTES);
    PartitionKey partition = new PartitionKey(table.spec(), table.schema());
    partition.partition(rows.get(0));
    List<KeyedRow> keyed = rows.stream().map(row -> new KeyedRow(layout.keyOf(row), row, 0, 0)).toList();
    DataFile file = new TableFiles(table, table.schema()).write(keyed, partition, new TableFiles.Kind(false, false));
    table.newFastAppend().appendFile(file).set(CommitMark.NAME, "own").commit();
  }
}
