package io.cryptodm.tables.compact;

import static io.cryptodm.tables.TestLake.QUOTES;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.tables.SimulatedClock;
import io.cryptodm.tables.FailingTable;
import io.cryptodm.tables.ForeignEngine;
import io.cryptodm.tables.TestLake;
import io.cryptodm.tables.origin.CommitMark;
import io.cryptodm.tables.origin.ForeignCommits;
import io.cryptodm.tables.rows.KeyedRow;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.RowLayout;
import io.cryptodm.tables.rows.UpsertRule;
import io.cryptodm.tables.storage.TableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WriterMaintenanceTest {
  /** Later than all that the test writes, so that nothing counts as young. */
  private static final Clock LATER = Clock.offset(Clock.systemUTC(), Duration.ofHours(1));

  @TempDir Path folder;
  private TestLake lake;
  private Map<String, String> rows;

  @BeforeEach
  void fillWithSmallFiles() throws IOException {
    lake = TestLake.in(folder);
    Table table = lake.table(QUOTES);
    TableFiles files = new TableFiles(table, table.schema());
    lake.quotes().upsert(TestLake.batch(1, TestLake.minutes("BTC", 1, 0, "1")));
    FileScanTask first = tasks().get(0);
    for (int i = 1; i <= 2 * SmallFiles.FACTOR; i++) {
      Row row = TestLake.quote("BTC", TestLake.NOON.plusSeconds(60L * i), "1", i);
      DataFile file = files.write(List.of(new KeyedRow(null, row, 0, 0)), first.file().partition(), new TableFiles.Kind(false, true));
      table.newAppend().appendFile(file).set(CommitMark.NAME, "own").commit();
    }
    rows = new TreeMap<>(lake.prices());
  }

  @AfterEach
  void close() throws IOException {
    assertEquals(rows, new TreeMap<>(lake.prices()));
    lake.close();
  }

  private List<FileScanTask> tasks() throws IOException {
    List<FileScanTask> tasks = new ArrayList<>();
    try (CloseableIterable<FileScanTask> planned = lake.table(QUOTES).newScan().planFiles()) {
      planned.forEach(tasks::add);
    }
    return tasks;
  }

  /** As a writer does after a commit, an hour after its last maintenance. */
  private void maintain(Clock clock) {
    maintain(clock, () -> lake.table(QUOTES));
  }

  private void maintain(Clock clock, Supplier<Table> load) {
    Table table = lake.table(QUOTES);
    SimulatedClock passing = new SimulatedClock(clock.instant().minus(Duration.ofHours(1)));
    RowLayout layout = new RowLayout(table.schema(), table.sortOrder(), UpsertRule.QUOTES);
    WriterMaintenance maintenance = new WriterMaintenance(load, layout, passing, Runnable::run);
    passing.advance(Duration.ofHours(1));
    maintenance.runIfDue();
  }

  @Test
  void mergesSmallFilesAndThinsOutSnapshots() throws IOException {
    maintain(LATER);
    assertTrue(tasks().size() < SmallFiles.FACTOR, tasks().size() + " files");
    assertTrue(lake.snapshots(QUOTES) < SmallFiles.FACTOR, lake.snapshots(QUOTES) + " snapshots");
  }

  @Test
  void keepsTheFilesOfAMergeThatFailedAfterItsCommit() throws IOException {
    int before = tasks().size();
    maintain(LATER, () -> FailingTable.afterCommits(lake.table(QUOTES)));
    assertTrue(tasks().size() < before, tasks().size() + " files");
    assertEquals(rows, lake.prices());
  }

  @Test
  void leavesTheFilesOfAnotherEngineAlone() throws IOException {
    ForeignEngine.append(lake.table(QUOTES), TestLake.quote("ETH", TestLake.NOON, "9", 0));
    rows = new TreeMap<>(lake.prices());
    List<String> before = ForeignEngine.files(lake.table(QUOTES));
    maintain(LATER);
    List<String> after = ForeignEngine.files(lake.table(QUOTES));
    assertTrue(after.size() < SmallFiles.FACTOR, after.size() + " files");
    // Of the files that there were, only that one is left beside the youngest ones.
    assertEquals(1, after.stream().filter(before::contains).filter(this::readsFrom).count());
    maintain(Clock.offset(LATER, Duration.ofHours(1)));
    assertEquals(1, ForeignEngine.files(lake.table(QUOTES)).stream().filter(this::readsFrom).count());
  }

  /** Whether the file is the other engine's. */
  private boolean readsFrom(String location) {
    try {
      return tasks().stream().anyMatch(task -> task.file().location().equals(location) && ForeignCommits.of(lake.table(QUOTES)).wrote(task.file()));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void doesNothingWhileAMaintenanceRunWorks() throws IOException {
    int files = tasks().size();
    long snapshots = lake.snapshots(QUOTES);
    MaintenanceMark mark = new MaintenanceMark(lake.table(QUOTES), LATER);
    mark.renew();
    maintain(LATER);
    assertEquals(files, tasks().size());
    assertEquals(snapshots, lake.snapshots(QUOTES));
    mark.clear();
    maintain(LATER);
    assertTrue(tasks().size() < SmallFiles.FACTOR, tasks().size() + " files");
  }

  @Test
  void doesNotWaitForAKilledRun() throws IOException {
    new MaintenanceMark(lake.table(QUOTES), LATER).renew();
    maintain(Clock.offset(LATER, Duration.ofMinutes(16)));
    assertTrue(tasks().size() < SmallFiles.FACTOR, tasks().size() + " files");
  }

  @Test
  void ignoresAMarkOfAClockFarAhead() throws IOException {
    new MaintenanceMark(lake.table(QUOTES), Clock.offset(LATER, Duration.ofDays(30))).renew();
    maintain(LATER);
    assertTrue(tasks().size() < SmallFiles.FACTOR, tasks().size() + " files");
  }
}
