package io.cryptodm.tables.write;

import static io.cryptodm.tables.MarketTrades.NAME;
import static io.cryptodm.tables.MarketTrades.counts;
import static io.cryptodm.tables.MarketTrades.trade;
import static io.cryptodm.tables.MarketTrades.trades;
import static io.cryptodm.tables.TestLake.NOON;
import static io.cryptodm.tables.TestLake.QUOTES;
import static io.cryptodm.tables.TestLake.TRADES;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.tables.Compaction;
import io.cryptodm.tables.ForeignEngine;
import io.cryptodm.tables.MarketTrades;
import io.cryptodm.tables.TestLake;
import io.cryptodm.tables.WithLake;
import io.cryptodm.tables.origin.CommitMark;
import io.cryptodm.tables.repair.TableRepair;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.RowLayout;
import io.cryptodm.tables.rows.UpsertRule;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.expressions.Expressions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Keys that are numbered by prefix, with numbers of very different height: which files are read to write new rows, and that each is written once. */
class NumberedKeysTest extends WithLake {
  /** A batch of more than five rows gets files of its own, so that no small file is adopted: what is read is read by look-ups. */
  private static final KeyedTable.Tuning TUNING = new KeyedTable.Tuning(10_000, 10, 0, 5);
  private static final long HIGH = 900_000_000;
  private static final long LOW = 1_000_000;

  private final ReadFiles reads = new ReadFiles();

  @BeforeEach
  void create() {
    MarketTrades.create(lake);
  }

  private Table table() {
    return lake.table(NAME);
  }

  /** A new writer with an empty cache, as after a restart. */
  private KeyedTable writer() {
    return writer(reads.through(table()));
  }

  private static KeyedTable writer(Table table) {
    return new KeyedTable(() -> table, UpsertRule.FACTS, TUNING, Clock.systemUTC());
  }

  @SafeVarargs
  private static RowBatch batch(List<Row>... rows) {
    List<Row> all = new ArrayList<>();
    for (List<Row> its : rows) {
      all.addAll(its);
    }
    return RowBatch.of(all);
  }

  private void writeHighAndLow() {
    writer().upsert(batch(trades("BTC", HIGH, 20), trades("DOGE", LOW, 20)));
    reads.clear();
  }

  private Snapshot snapshot() {
    return table().currentSnapshot();
  }

  @Test
  void newRowsWithLowIdsReadNoFileAfterARestart() {
    writeHighAndLow();
    assertEquals(20, writer().upsert(batch(trades("DOGE", LOW + 20, 20))).inserted());
    assertEquals(20, writer().upsert(batch(trades("SOL", 7, 20))).inserted());
    assertEquals(0, reads.count());
    assertEquals(Map.of("BTC", 20, "DOGE", 40, "SOL", 20), counts(lake));
  }

  @Test
  void replaysAfterARestartAreFound() {
    writeHighAndLow();
    KeyedTable restarted = writer();
    assertFalse(restarted.upsert(batch(trades("BTC", HIGH, 20), trades("DOGE", LOW, 20))).committed());
    assertTrue(reads.count() > 0);
    // Ids that were left out before are written; those beside them are not written again.
    assertEquals(10, restarted.upsert(batch(trades("DOGE", LOW - 10, 20))).inserted());
    assertEquals(Map.of("BTC", 20, "DOGE", 30), counts(lake));
  }

  @Test
  void aRepeatWithATimeOfAnotherDayIsFound() {
    writeHighAndLow();
    assertFalse(writer().upsert(RowBatch.of(List.of(trade("coinbase", "DOGE", LOW + 3, NOON.plusSeconds(3 * 86_400))))).committed());
    assertEquals(Map.of("BTC", 20, "DOGE", 20), counts(lake));
  }

  @Test
  void twoWritersReadNothingForNewRows() {
    writeHighAndLow();
    KeyedTable one = writer();
    KeyedTable other = writer();
    for (int i = 1; i <= 3; i++) {
      one.upsert(batch(trades("BTC", HIGH + 20L * i, 20)));
      other.upsert(batch(trades("DOGE", LOW + 20L * i, 20)));
    }
    assertEquals(0, reads.count());
    assertFalse(one.upsert(batch(trades("DOGE", LOW + 60, 20))).committed());
    assertEquals(Map.of("BTC", 80, "DOGE", 80), counts(lake));
  }

  @Test
  void aLostRaceTakesNoMarkBack() {
    writeHighAndLow();
    Table late = InterruptedTable.before(1, table(), () -> writer().upsert(batch(trades("DOGE", LOW + 20, 40)))).proxy();
    writer(late).upsert(batch(trades("DOGE", LOW + 30, 10), trades("BTC", HIGH + 20, 10)));
    assertFalse(writer().upsert(batch(trades("DOGE", LOW, 60), trades("BTC", HIGH, 30))).committed());
    assertEquals(Map.of("BTC", 30, "DOGE", 60), counts(lake));
  }

  @Test
  void theFirstCommitsOfTwoWritersKeepBothMarks() {
    Table late = InterruptedTable.before(1, table(), () -> writer().upsert(batch(trades("DOGE", LOW, 20)))).proxy();
    writer(late).upsert(batch(trades("BTC", HIGH, 20)));
    reads.clear();
    assertFalse(writer().upsert(batch(trades("DOGE", LOW, 20))).committed());
    reads.clear();
    writer().upsert(batch(trades("DOGE", LOW + 20, 20)));
    assertEquals(0, reads.count());
    assertEquals(Map.of("BTC", 20, "DOGE", 40), counts(lake));
  }

  @Test
  void compactionsChangeNoMark() {
    writeHighAndLow();
    Compaction.of(table());
    table().expireSnapshots().expireOlderThan(System.currentTimeMillis() + 1).retainLast(1).commit();
    assertEquals(1, lake.snapshots(NAME));
    writer().upsert(batch(trades("DOGE", LOW + 20, 20)));
    assertEquals(0, reads.count());
    Compaction.of(table());
    Compaction.of(table());
    writer().upsert(batch(trades("DOGE", LOW + 40, 20)));
    assertEquals(0, reads.count());
    assertFalse(writer().upsert(batch(trades("DOGE", LOW, 60))).committed());
    assertEquals(Map.of("BTC", 20, "DOGE", 60), counts(lake));
  }

  @Test
  void aCompactionDuringACommitChangesNoMark() {
    writeHighAndLow();
    Table table = InterruptedTable.before(1, table(), () -> Compaction.of(table())).proxy();
    writer(table).upsert(batch(trades("DOGE", LOW + 20, 20)));
    reads.clear();
    writer().upsert(batch(trades("DOGE", LOW + 40, 20)));
    assertEquals(0, reads.count());
    assertEquals(Map.of("BTC", 20, "DOGE", 60), counts(lake));
  }

  @Test
  void rowsOfAnotherEngineAboveTheMarksAreFound() {
    writeHighAndLow();
    KeyedTable running = writer();
    running.upsert(batch(trades("DOGE", LOW + 20, 20)));
    ForeignEngine.append(table(), trades("DOGE", LOW + 100, 20).toArray(Row[]::new));
    ForeignEngine.append(table(), trades("XRP", 50, 20).toArray(Row[]::new));
    reads.clear();
    // The files of the other engine are read once for their keys, and not again after the next commit.
    assertEquals(20, writer().upsert(batch(trades("BTC", HIGH + 20, 20))).inserted());
    assertEquals(2, reads.count());
    assertFalse(running.upsert(batch(trades("DOGE", LOW + 100, 20), trades("XRP", 50, 20))).committed());
    reads.clear();
    writer().upsert(batch(trades("DOGE", LOW + 120, 20)));
    assertEquals(0, reads.count());
    assertFalse(writer().upsert(batch(trades("DOGE", LOW + 100, 40))).committed());
    assertEquals(Map.of("BTC", 40, "DOGE", 80, "XRP", 20), counts(lake));
  }

  @Test
  void rowsOfAnotherEngineAreFoundAfterItsCompaction() {
    writeHighAndLow();
    ForeignEngine.append(table(), trades("DOGE", LOW + 100, 20).toArray(Row[]::new));
    Compaction.of(table());
    assertFalse(writer().upsert(batch(trades("DOGE", LOW + 100, 20))).committed());
    ForeignEngine.append(table(), trades("DOGE", LOW + 200, 20).toArray(Row[]::new));
    Compaction.of(table());
    // What lies between is forgotten, and with it which rows were whose.
    table().expireSnapshots().expireOlderThan(System.currentTimeMillis() + 1).retainLast(1).commit();
    assertFalse(writer().upsert(batch(trades("DOGE", LOW + 200, 20))).committed());
    assertEquals(Map.of("BTC", 20, "DOGE", 60), counts(lake));
  }

  @Test
  void rowsOfAVersionWithoutThePropertyAreFound() {
    writeHighAndLow();
    KeyedTable running = writer();
    running.upsert(batch(trades("DOGE", LOW + 20, 20)));
    String before = table().properties().get(HighestKeys.PROPERTY);
    writer().upsert(batch(trades("DOGE", LOW + 40, 20)));
    table().updateProperties().set(HighestKeys.PROPERTY, before).commit();
    assertFalse(writer().upsert(batch(trades("DOGE", LOW + 40, 20))).committed());
    table().updateProperties().remove(HighestKeys.PROPERTY).commit();
    assertFalse(writer().upsert(batch(trades("BTC", HIGH, 20), trades("DOGE", LOW, 60))).committed());
    // All rows are read once, the next commit brings the property back.
    writer().upsert(batch(trades("DOGE", LOW + 60, 20)));
    reads.clear();
    writer().upsert(batch(trades("DOGE", LOW + 80, 20)));
    assertEquals(0, reads.count());
    assertEquals(Map.of("BTC", 20, "DOGE", 100), counts(lake));
  }

  @Test
  void aRollbackKeepsTheMarksAndALaterStateIsFoundAgain() {
    writeHighAndLow();
    long first = snapshot().snapshotId();
    KeyedTable running = writer();
    running.upsert(batch(trades("DOGE", LOW + 20, 20)));
    running.upsert(batch(trades("DOGE", LOW + 40, 20)));
    long last = snapshot().snapshotId();
    table().manageSnapshots().rollbackTo(first).commit();
    assertEquals(Map.of("BTC", 20, "DOGE", 20), counts(lake));
    reads.clear();
    // Marks that are too high cost look-ups, as in no file of the earlier state.
    assertEquals(20, writer().upsert(batch(trades("SOL", 1, 20))).inserted());
    assertEquals(0, reads.count());
    assertEquals(20, running.upsert(batch(trades("DOGE", LOW + 10, 30))).inserted());
    assertEquals(Map.of("BTC", 20, "DOGE", 40, "SOL", 20), counts(lake));
    table().manageSnapshots().setCurrentSnapshot(last).commit();
    assertEquals(Map.of("BTC", 20, "DOGE", 60), counts(lake));
    assertFalse(writer().upsert(batch(trades("DOGE", LOW, 60))).committed());
    assertEquals(20, writer().upsert(batch(trades("SOL", 1, 20))).inserted());
    assertFalse(writer().upsert(batch(trades("BTC", HIGH, 20), trades("DOGE", LOW, 60), trades("SOL", 1, 20))).committed());
    assertEquals(Map.of("BTC", 20, "DOGE", 60, "SOL", 20), counts(lake));
  }

  /** The marks were made when those rows were gone, so they do not cover them. */
  @Test
  void aRollbackToAStateBeforeTheMarksIsNotTrusted() {
    ForeignEngine.append(table(), trades("DOGE", LOW + 500, 20).toArray(Row[]::new));
    long early = snapshot().snapshotId();
    table().newDelete().deleteFromRowFilter(Expressions.alwaysTrue()).commit();
    writeHighAndLow();
    table().manageSnapshots().setCurrentSnapshot(early).commit();
    assertFalse(writer().upsert(batch(trades("DOGE", LOW + 500, 20))).committed());
    assertEquals(Map.of("DOGE", 20), counts(lake));
  }

  @Test
  void aDeleteAndItsRollbackKeepTheMarks() {
    writeHighAndLow();
    long before = snapshot().snapshotId();
    table().newDelete().deleteFromRowFilter(Expressions.alwaysTrue()).commit();
    writer().upsert(batch(trades("DOGE", LOW + 20, 20)));
    assertEquals(0, reads.count());
    table().manageSnapshots().setCurrentSnapshot(before).commit();
    writer().upsert(batch(trades("DOGE", LOW + 40, 20)));
    assertEquals(0, reads.count());
    assertFalse(writer().upsert(batch(trades("DOGE", LOW, 20), trades("DOGE", LOW + 40, 20))).committed());
    assertEquals(Map.of("BTC", 20, "DOGE", 40), counts(lake));
  }

  @Test
  void aRepairedTableHasEachIdOnce() {
    writeHighAndLow();
    ForeignEngine.append(table(), trades("DOGE", LOW + 10, 20).toArray(Row[]::new));
    Table table = table();
    table.newFastAppend().appendFile(snapshot().addedDataFiles(table.io()).iterator().next()).set(CommitMark.NAME, "own").commit();
    new TableRepair(table(), UpsertRule.FACTS).repair(false);
    assertEquals(Map.of("BTC", 20, "DOGE", 30), counts(lake));
    assertFalse(writer().upsert(batch(trades("BTC", HIGH, 20), trades("DOGE", LOW, 30))).committed());
    writer().upsert(batch(trades("DOGE", LOW + 30, 20)));
    reads.clear();
    writer().upsert(batch(trades("DOGE", LOW + 50, 20)));
    assertEquals(0, reads.count());
    assertEquals(Map.of("BTC", 20, "DOGE", 70), counts(lake));
  }

  @Test
  void tooManyUncoveredRowsAreNotRead() {
    writeHighAndLow();
    Table table = table();
    RowLayout layout = new RowLayout(table.schema(), table.sortOrder(), UpsertRule.FACTS);
    assertTrue(PresentKeys.of(table, layout, 0).isPresent());
    ForeignEngine.append(table, trades("DOGE", LOW + 100, 20).toArray(Row[]::new));
    table.refresh();
    assertEquals(Optional.empty(), PresentKeys.of(table, layout, 19));
    assertTrue(PresentKeys.of(table, layout, 20).isPresent());
    table.updateProperties().remove(HighestKeys.PROPERTY).commit();
    assertEquals(Optional.empty(), PresentKeys.of(table, layout, 59));
    assertTrue(PresentKeys.of(table, layout, 60).isPresent());
  }

  @Test
  void manyPrefixesHaveABoundedProperty() {
    List<Row> rows = new ArrayList<>();
    for (int i = 1; i <= HighestKeys.MOST + 500; i++) {
      rows.add(trade("coinbase", "C" + i, 1_000L * i, NOON));
    }
    writer().upsert(RowBatch.of(rows));
    HighestKeys kept = kept();
    assertEquals(HighestKeys.MOST, kept.highest().size());
    assertTrue(table().properties().get(HighestKeys.PROPERTY).length() < 64 * HighestKeys.MOST);
    assertFalse(writer().upsert(RowBatch.of(rows)).committed());
    reads.clear();
    writer().upsert(batch(trades("C1400", 1_400_001, 20)));
    assertEquals(0, reads.count());
    assertEquals(20, writer().upsert(batch(trades("C1", 1_001, 20))).inserted());
    assertEquals(HighestKeys.MOST, kept().highest().size());
    assertEquals(rows.size() + 40, counts(lake).values().stream().mapToInt(Integer::intValue).sum());
  }

  private HighestKeys kept() {
    Table table = table();
    RowLayout layout = new RowLayout(table.schema(), table.sortOrder(), UpsertRule.FACTS);
    return HighestKeys.parse(table.properties().get(HighestKeys.PROPERTY), layout).orElseThrow().keys();
  }

  @Test
  void tablesWithATimeInTheirKeyKeepNone() {
    lake.quotes().upsert(TestLake.batch(TestLake.quote("BTC", NOON, "1", 0)));
    lake.keyed(TRADES, UpsertRule.FACTS, TUNING).upsert(TestLake.batch(TestLake.trade("0197e5b2-1000-7000-8000-000000000001", NOON, "1", 0)));
    assertNull(lake.table(QUOTES).properties().get(HighestKeys.PROPERTY));
    assertNull(lake.table(TRADES).properties().get(HighestKeys.PROPERTY));
  }
}
