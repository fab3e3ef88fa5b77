package io.cryptodm.optimize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  /** More days than are kept hot, each written in several pieces that overlap: small files and position deletes. */
  private void pileUp(int pile) {
    for (int piece = 0; piece < 3; piece++) {
      for (int day = 0; day < 6; day++) {
        lake.write(day, (3 * pile + piece) * 30, 32, "BTC");
      }
    }
  }

  @Test
  void leavesNothingBehindWhereverItIsKilled() throws Exception {
    int kills = 0;
    for (int at = 2; ; at += 10 + at) {
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
      assertFalse(lake.files().keySet().stream().anyMatch(file -> file.contains("upkeep-runs")), "records stay");
    }
    assertTrue(kills >= 4, kills + " kills");
  }

  /** @param master of Spark, which rewrites where there is one; else this process does */
  @ParameterizedTest
  @ValueSource(strings = {"", "local[2]"})
  void changesNoRowAndFailsNoBatchWhileAWriterWrites(String master) throws Exception {
    if (!master.isEmpty()) {
      System.setProperty("spark.master", master);
    }
    for (int day = 0; day < 2; day++) {
      // More than half a hot file at once is a file of its own, which no later commit replaces.
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
    assertTrue(marked.get(), "the writer could not see that an upkeep works");
    assertFalse(lake.table().properties().containsKey("cryptodm.upkeep.until"));
    assertEquals(lake.expected(), lake.prices());
    assertEquals(lake.expected().size(), lake.prices().size());
    assertTrue(ran.figure("optimized", "comparedRows") > 0, ran.lines().toString());
  }

  @Test
  void foreseesWhatItWouldDoAndTouchesNothing() throws IOException {
    pileUp(0);
    Map<String, Long> before = lake.files();
    MaintenanceLake.Ran foreseen = lake.optimizeLater("--dry-run", "--retain", "0");
    assertEquals(0, foreseen.code());
    assertEquals(before, lake.files());
    MaintenanceLake.Ran done = lake.optimizeLater("--retain", "0");
    assertTrue(foreseen.figure("would-optimize", "rewritten") > 0);
    assertEquals(done.figure("optimized", "rewritten"), foreseen.figure("would-optimize", "rewritten"));
    assertEquals(done.figure("optimized", "orphans"), foreseen.figure("would-optimize", "orphans"));
  }

  @Test
  void splitsFilesAtTheTargetSize() throws IOException {
    pileUp(0);
    lake.optimizeLater("--target-file-size", "8192");
    assertTrue(Long.parseLong(lake.table().currentSnapshot().summary().get("total-data-files")) > 6);
    assertEquals(lake.expected(), lake.prices());
  }

  @Test
  void secondOneSaysWhoIsAtWork() throws Exception {
    Path lock = folder.resolve("run/optimize.lock");
    try (RunLock held = RunLock.take(lock)) {
      MaintenanceLake.Ran busy = lake.optimize("--lock", lock.toString());
      assertEquals(8, busy.code());
      assertEquals(ProcessHandle.current().pid(), busy.figure("busy", "pid"));
    }
    assertEquals(0, lake.optimize("--lock", lock.toString(), "--dry-run").code());
  }
}
