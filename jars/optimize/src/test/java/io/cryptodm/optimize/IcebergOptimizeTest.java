package io.cryptodm.optimize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.tables.origin.CommitMark;
import io.cryptodm.tables.origin.ForeignCommits;
import io.cryptodm.tables.storage.LocalFileIO;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IcebergOptimizeTest {
  @TempDir Path folder;
  private MaintenanceLake lake;

  @BeforeEach
  void open() throws IOException {
    lake = new MaintenanceLake(folder);
  }

  @AfterEach
  void close() throws IOException {
    System.clearProperty("spark.master");
    lake.close();
  }

  /** More days than there are hot files, each written in overlapping pieces, so that small files and position deletes pile up. */
  private void pileUp(int pile) {
    for (int piece = 0; piece < 3; piece++) {
      for (int day = 0; day < 6; day++) {
        lake.write(day, (3 * pile + piece) * 30, 32, "BTC");
      }
    }
  }

  @Test
  void leavesNothingBehindWhenItIsKilled() throws Exception {
    assertEquals(2, killUpTo(14));
  }

  /** Takes a minute: a run is killed in each of its phases. */
  @Tag("long")
  @Test
  void leavesNothingBehindWhereverItIsKilled() throws Exception {
    int kills = killUpTo(Integer.MAX_VALUE);
    assertTrue(kills >= 4, kills + " kills");
  }

  /** Kills runs at ever later files until one ends before. @return number of kills */
  private int killUpTo(int last) throws Exception {
    int kills = 0;
    for (int at = 2; at <= last; at += 10 + at) {
      pileUp(kills);
      Map<String, String> expected = lake.expected();
      if (!lake.killAt(at)) {
        break;
      }
      kills++;
      assertEquals(expected, lake.prices(), "after the kill at file " + at);
      assertEquals(0, lake.optimizeLater("--retain", "0").code());
      assertEquals(expected, lake.prices());
      assertEquals(new TreeSet<>(), lake.orphans(), "orphans of the kill at file " + at);
      assertFalse(lake.files().keySet().stream().anyMatch(file -> file.contains("upkeep-runs")), "the record of the run stays");
    }
    return kills;
  }

  @Test
  void removesWholeDaysThatAreOlderThanTheTableKeepsThem() throws Exception {
    for (int day = 0; day < 4; day++) {
      lake.write(day, 0, 3, "BTC", "LTC");
    }
    var noon = MaintenanceLake.MIDNIGHT.plusSeconds(3 * 86_400 + 43_200);
    assertEquals(0, lake.optimizeAt(noon).figure("optimized", "removedRows"), "without a limit");
    Map<String, String> all = lake.prices();
    lake.table().updateProperties().set(ForeignCommits.KEPT_DAYS, "2").commit();
    assertEquals(6, lake.optimizeAt(noon, "--dry-run").figure("would-optimize", "removedRows"));
    assertEquals(all, lake.prices());
    assertEquals(6, lake.optimizeAt(noon).figure("optimized", "removedRows"));
    all.keySet().removeIf(key -> key.contains("2025-07-08T"));
    assertEquals(18, all.size());
    assertEquals(all, lake.prices());
    assertEquals(0, lake.optimizeAt(noon).figure("optimized", "removedRows"));
    assertTrue(ForeignCommits.of(lake.table()).isEmpty());
    // The writer goes on, also on a day that went.
    lake.write(3, 0, 4, "BTC");
    lake.write(0, 0, 1, "BTC");
    assertEquals(all.size() + 2, lake.prices().size());
  }

  @Test
  void aRemovalThatCarriesNoMarkIsOursWhereRowsAreKeptForSomeDays() {
    lake.write(0, 0, 3, "BTC");
    lake.write(1, 0, 3, "BTC");
    Table table = lake.table();
    table.newDelete().deleteFromRowFilter(org.apache.iceberg.expressions.Expressions.lessThan("start_window", MaintenanceLake.MIDNIGHT.plusSeconds(86_400).getEpochSecond() * 1_000_000)).set("engine-name", "trino").commit();
    assertFalse(ForeignCommits.of(lake.table()).isEmpty());
    table.updateProperties().set(ForeignCommits.KEPT_DAYS, "2").commit();
    assertTrue(ForeignCommits.of(lake.table()).isEmpty());
  }

  @Tag("long")
  @Test
  void changesNoRowAndFailsNoBatchWhileAWriterWrites() throws Exception {
    optimizeBesideAWriter();
  }

  /** Takes half a minute: Spark rewrites the files, as on a cluster. */
  @Tag("long")
  @Test
  void changesNoRowAndFailsNoBatchWhileAWriterWritesAndSparkRewrites() throws Exception {
    System.setProperty("spark.master", "local[2]");
    optimizeBesideAWriter();
  }

  private void optimizeBesideAWriter() throws Exception {
    for (int day = 0; day < 2; day++) {
      // A batch of more than half a hot file becomes a file of its own, which no later commit replaces.
      lake.write(day, 0, 1440, "BTC", "ETH");
      lake.write(day, 0, 1440, "SOL", "LTC");
    }
    AtomicBoolean done = new AtomicBoolean();
    AtomicBoolean marked = new AtomicBoolean();
    CompletableFuture<Integer> writer =
        CompletableFuture.supplyAsync(
            () -> {
              int batches = 0;
              for (; !done.get(); batches++) {
                lake.write(5, batches % 700, 2, "BTC");
                marked.compareAndSet(false, lake.table().properties().containsKey("cryptodm.upkeep.until"));
                if (batches % 25 == 0) {
                  // A revision of what is being rewritten.
                  lake.write(1, 1000 + batches % 400, 1, "BTC");
                }
              }
              return batches;
            });
    MaintenanceLake.Ran ran = lake.optimize();
    done.set(true);
    assertTrue(writer.get() > 0);
    assertEquals(0, ran.code(), ran.lines().toString());
    assertTrue(marked.get(), "the writer never saw the maintenance mark");
    assertFalse(lake.table().properties().containsKey("cryptodm.upkeep.until"));
    assertEquals(lake.expected(), lake.prices());
    assertEquals(lake.expected().size(), lake.prices().size());
    assertTrue(ran.figure("optimized", "comparedRows") > 0, ran.lines().toString());
  }

  @Test
  void leavesTheFilesOfAnotherEngineAloneUntilTheyAreAccepted() throws IOException {
    leaveForeignFiles();
  }

  /** Takes half a minute: Spark rewrites the files, as on a cluster. */
  @Tag("long")
  @Test
  void leavesTheFilesOfAnotherEngineAloneWhenSparkRewrites() throws IOException {
    System.setProperty("spark.master", "local[2]");
    leaveForeignFiles();
  }

  private void leaveForeignFiles() throws IOException {
    pileUp(0);
    String file = lake.appendByAnotherEngine("ETH", 1, 0);
    MaintenanceLake.Ran ran = lake.optimizeLater("--retain", "0");
    assertEquals(0, ran.code(), ran.lines().toString());
    assertEquals(1, ran.figure("foreign", "commits"));
    assertEquals(1, ran.figure("foreign", "files"));
    assertTrue(ran.figure("optimized", "rewritten") > 0, ran.lines().toString());
    assertTrue(lake.has(file));
    // The run has expired the snapshot of that commit; the next one leaves the file all the same.
    pileUp(1);
    lake.optimizeLater("--retain", "0");
    assertTrue(lake.has(file));
    assertEquals(lake.expected(), lake.prices());
    assertEquals(List.of(), unmarked());
    Table table = lake.table();
    ForeignCommits.accept(table, table.currentSnapshot());
    lake.optimizeLater("--retain", "0");
    assertFalse(lake.has(file));
    assertEquals(lake.expected(), lake.prices());
  }

  /** Commits without the mark that change more than the place of rows. */
  private List<Snapshot> unmarked() {
    List<Snapshot> found = new ArrayList<>();
    for (Snapshot snapshot : lake.table().snapshots()) {
      if (CommitMark.of(snapshot) == null && !snapshot.summary().containsKey("engine-name")) {
        found.add(snapshot);
      }
    }
    return found;
  }

  /** A lake of an earlier version, or another engine, names the same files without {@code file://}. */
  @Test
  void takesNoFileForAnOrphanWhoseLocationHasAnotherForm() throws IOException {
    pileUp(0);
    String location = lake.table().location();
    assertTrue(location.startsWith("file:///"), location);
    for (String form : List.of(LocalFileIO.plain(location), "file:" + LocalFileIO.plain(location), location)) {
      lake.table().updateLocation().setLocation(form).commit();
      pileUp(1);
      MaintenanceLake.Ran ran = lake.optimizeLater("--retain", "0");
      assertEquals(0, ran.code());
      assertEquals(lake.expected(), lake.prices(), form);
      assertEquals(new TreeSet<>(), lake.orphans(), form);
    }
  }

  @Test
  void dryRunReportsWhatARunWouldDoAndChangesNothing() throws IOException {
    pileUp(0);
    Map<String, Long> before = lake.files();
    MaintenanceLake.Ran dryRun = lake.optimizeLater("--dry-run", "--retain", "0");
    assertEquals(0, dryRun.code());
    assertEquals(before, lake.files());
    MaintenanceLake.Ran done = lake.optimizeLater("--retain", "0");
    assertTrue(dryRun.figure("would-optimize", "rewritten") > 0);
    assertEquals(done.figure("optimized", "rewritten"), dryRun.figure("would-optimize", "rewritten"));
    assertEquals(done.figure("optimized", "orphans"), dryRun.figure("would-optimize", "orphans"));
  }

  @Test
  void splitsFilesAtTheTargetSize() throws IOException {
    pileUp(0);
    lake.optimizeLater("--target-file-size", "8192");
    assertTrue(Long.parseLong(lake.table().currentSnapshot().summary().get("total-data-files")) > 6);
    assertEquals(lake.expected(), lake.prices());
  }

  @Test
  void secondRunReportsTheFirst() throws Exception {
    Path lock = folder.resolve("run/optimize.lock");
    try (RunLock held = RunLock.take(lock)) {
      MaintenanceLake.Ran busy = lake.optimize("--lock", lock.toString());
      assertEquals(8, busy.code());
      assertEquals(ProcessHandle.current().pid(), busy.figure("busy", "pid"));
    }
    assertEquals(0, lake.optimize("--lock", lock.toString(), "--dry-run").code());
  }
}
