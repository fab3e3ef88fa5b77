package io.cryptodm.tables.repair;

import static io.cryptodm.tables.TestLake.NOON;
import static io.cryptodm.tables.TestLake.QUOTES;
import static io.cryptodm.tables.TestLake.batch;
import static io.cryptodm.tables.TestLake.quote;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.tables.TestLake;
import io.cryptodm.tables.catalog.CatalogPointers;
import io.cryptodm.tables.catalog.LakeCatalog;
import io.cryptodm.tables.rows.UpsertRule;
import io.cryptodm.tables.storage.LocalFileIO;
import io.cryptodm.tables.write.KeyedTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables with files that a power cut or a person has emptied, cut or removed. */
class TableStatesTest {
  private static final int COMMITS = 5;

  @TempDir Path folder;
  private TestLake lake;
  private CatalogPointers pointers;
  private final LocalFileIO io = new LocalFileIO();
  private final TableStates states = new TableStates(io);

  /** Ways to lose a file. */
  private interface Loss {
    void of(Path file) throws IOException;
  }

  private static final List<Loss> LOSSES =
      List.of(
          file -> Files.write(file, new byte[0]),
          file -> Files.write(file, Arrays.copyOf(Files.readAllBytes(file), (int) Files.size(file) / 2)),
          file -> Files.write(file, new byte[(int) Files.size(file)]),
          Files::delete);

  @BeforeEach
  void open() {
    lake = TestLake.in(folder);
    pointers = CatalogPointers.of(lake.spec.catalog());
    // One writer a commit, so that each commit has a file of its own beside those before.
    for (int commit = 0; commit < COMMITS; commit++) {
      lake.quotes().upsert(batch(quote("BTC", NOON.plusSeconds(60L * commit), "1", commit)));
    }
  }

  @AfterEach
  void close() throws IOException {
    pointers.close();
    lake.close();
  }

  @Test
  void eachBrokenFileIsFoundAndTheStateBeforeIsWhole() throws IOException {
    for (Loss loss : LOSSES) {
      for (String kind : List.of("metadata", "manifest list", "manifest")) {
        Path file = currentFiles(kind);
        byte[] sound = Files.readAllBytes(file);
        assertEquals(Optional.empty(), states.unreadable(pointer()));
        loss.of(file);
        assertEquals(Optional.of(file.toString()), states.unreadable(pointer()).map(found -> LocalFileIO.pathOf(found).toString()), kind);
        TableStates.Earlier earlier = states.before(pointer()).orElseThrow();
        assertEquals(1, earlier.commits(), kind);
        Files.write(file, sound);
      }
    }
  }

  @Test
  void tableGoesOnFromTheStateToWhichItIsSetBack() throws IOException {
    Files.write(currentFiles("metadata"), new byte[0]);
    String broken = pointer();
    TableStates.Earlier earlier = states.before(broken).orElseThrow();
    assertFalse(pointers.move(LakeCatalog.identifier(QUOTES), broken + "x", earlier.location()), "somebody else has moved it");
    assertTrue(pointers.move(LakeCatalog.identifier(QUOTES), broken, earlier.location()));
    assertEquals(COMMITS - 1, lake.prices().size());
    // The job reads again what was lost, from before.
    KeyedTable quotes = lake.quotes();
    for (int commit = 0; commit < COMMITS + 1; commit++) {
      quotes.upsert(batch(quote("BTC", NOON.plusSeconds(60L * commit), "1", commit)));
    }
    assertEquals(COMMITS + 1, lake.prices().size());
    assertEquals(List.of(), new TableRepair(lake.table(QUOTES), UpsertRule.QUOTES).inspect().findings());
  }

  @Test
  void stateWhoseDataIsThereIsPreferred() throws IOException {
    String broken = pointer();
    Files.write(currentFiles("metadata"), new byte[0]);
    // Each commit replaces the small file of the one before, so the state before that one has a file of its own.
    String previous = states.before(broken).orElseThrow().location();
    for (Path file : dataFiles()) {
      if (holds(previous, file)) {
        Files.write(file, new byte[0]);
      }
    }
    TableStates.Earlier earlier = states.before(broken).orElseThrow();
    assertEquals(2, earlier.commits());
  }

  @Test
  void withoutAnyStateTheTableCanBeForgotten() throws IOException {
    String broken = pointer();
    for (Path file : Files.list(LocalFileIO.pathOf(broken).getParent()).toList()) {
      Files.delete(file);
    }
    assertEquals(Optional.of(broken), states.unreadable(broken));
    assertEquals(Optional.empty(), states.before(broken));
    assertTrue(pointers.forget(LakeCatalog.identifier(QUOTES), broken));
    assertEquals(Optional.empty(), pointers.find(LakeCatalog.identifier(QUOTES)));
  }

  @Test
  void emptyFilesOfRowsAreMissingOnes() throws IOException {
    for (Path file : dataFiles()) {
      if (holds(pointer(), file)) {
        Files.write(file, new byte[0]);
      }
    }
    List<TableDamage.Finding> found = new TableRepair(lake.table(QUOTES), UpsertRule.QUOTES).inspect().findings();
    assertEquals(List.of(TableDamage.Kind.MISSING_FILE), found.stream().map(TableDamage.Finding::kind).toList());
    new TableRepair(lake.table(QUOTES), UpsertRule.QUOTES).repair(true);
    assertEquals(List.of(), new TableRepair(lake.table(QUOTES), UpsertRule.QUOTES).inspect().findings());
  }

  @Test
  void earlierStatesThatAreLostAreForgottenWithTheirTags() throws IOException {
    Table table = lake.table(QUOTES);
    List<Snapshot> snapshots = new ArrayList<>();
    table.snapshots().forEach(snapshots::add);
    table.manageSnapshots().createTag("kept", snapshots.get(1).snapshotId()).commit();
    Files.write(LocalFileIO.pathOf(snapshots.get(1).manifestListLocation()), new byte[0]);
    Files.delete(LocalFileIO.pathOf(snapshots.get(2).manifestListLocation()));
    TableRepair repair = new TableRepair(lake.table(QUOTES), UpsertRule.QUOTES);
    assertEquals(
        List.of("LOST_SNAPSHOT 2"), repair.inspect().findings().stream().map(finding -> finding.kind() + " " + finding.count()).toList());
    repair.repair(false);
    assertEquals(List.of(), repair.inspect().findings());
    assertEquals(COMMITS, lake.prices().size());
    // An expiry goes through again.
    Table again = lake.table(QUOTES);
    again.expireSnapshots().expireOlderThan(System.currentTimeMillis()).retainLast(1).commit();
  }

  private String pointer() {
    return pointers.find(LakeCatalog.identifier(QUOTES)).orElseThrow();
  }

  private Path currentFiles(String kind) {
    Table table = lake.table(QUOTES);
    return LocalFileIO.pathOf(
        switch (kind) {
          case "metadata" -> pointer();
          case "manifest list" -> table.currentSnapshot().manifestListLocation();
          default -> table.currentSnapshot().allManifests(io).get(0).path();
        });
  }

  private List<Path> dataFiles() throws IOException {
    try (var walk = Files.walk(LocalFileIO.pathOf(pointer()).getParent().resolveSibling("data"))) {
      return walk.filter(Files::isRegularFile).toList();
    }
  }

  /** Whether a state of the table has a data file. */
  private boolean holds(String metadata, Path file) throws IOException {
    Table state = new BaseTable(new org.apache.iceberg.StaticTableOperations(metadata, io), "state");
    try (CloseableIterable<FileScanTask> tasks = state.newScan().planFiles()) {
      for (FileScanTask task : tasks) {
        if (LocalFileIO.pathOf(task.file().location()).equals(file)) {
          return true;
        }
      }
    }
    return false;
  }
}
