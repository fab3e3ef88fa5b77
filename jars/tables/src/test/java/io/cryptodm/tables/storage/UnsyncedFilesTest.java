package io.cryptodm.tables.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.tables.TestLake;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnsyncedFilesTest {
  @TempDir Path folder;

  private final List<String> synced = Collections.synchronizedList(new ArrayList<>());
  private String broken = "nothing";
  private final UnsyncedFiles files =
      new UnsyncedFiles(
          path -> {
            String name = folder.relativize(path).toString();
            if (name.equals(broken)) {
              throw new IOException("Input/output error");
            }
            synced.add(name);
          });

  @Test
  void filesGoFirstThenTheMetadataThenTheFoldersThatNameThem() throws IOException {
    files.createFolders(folder.resolve("db/quote/data/day=1"));
    files.createFolders(folder.resolve("db/quote/metadata"));
    for (String name : List.of("data/day=1/a.parquet", "metadata/m0.avro", "metadata/snap.avro")) {
      files.add(folder.resolve("db/quote").resolve(name));
    }
    files.add(folder.resolve("db/trade/data/b.parquet"));
    files.settle(folder.resolve("db/quote/metadata/1.metadata.json"));
    assertEquals(
        Set.of("db/quote/data/day=1/a.parquet", "db/quote/metadata/m0.avro", "db/quote/metadata/snap.avro"), new TreeSet<>(synced.subList(0, 3)));
    assertEquals("db/quote/metadata/1.metadata.json", synced.get(3));
    assertEquals(
        Set.of("", "db", "db/quote", "db/quote/data", "db/quote/data/day=1", "db/quote/metadata"),
        new TreeSet<>(synced.subList(4, synced.size())));
    synced.clear();
    files.settle(folder.resolve("db/quote/metadata/2.metadata.json"));
    assertEquals(List.of("db/quote/metadata/2.metadata.json", "db/quote/metadata"), synced, "all else was synced by the commit before");
  }

  @Test
  void whatWasRemovedIsNotSynced() throws IOException {
    files.add(folder.resolve("db/quote/data/lost-race.parquet"));
    files.add(folder.resolve("db/quote/data/old/a.parquet"));
    files.forget(folder.resolve("db/quote/data/lost-race.parquet"));
    files.forgetAll(folder.resolve("db/quote/data/old"));
    files.settle(folder.resolve("db/quote/metadata/1.metadata.json"));
    assertEquals(List.of("db/quote/metadata/1.metadata.json", "db/quote/metadata"), synced);
  }

  @Test
  void diskThatRefusesStopsTheCommitAndIsAskedAgain() throws IOException {
    files.add(folder.resolve("db/quote/data/a.parquet"));
    broken = "db/quote/data/a.parquet";
    assertThrows(IOException.class, () -> files.settle(folder.resolve("db/quote/metadata/1.metadata.json")));
    assertEquals(List.of(), synced);
    broken = "nothing";
    files.settle(folder.resolve("db/quote/metadata/2.metadata.json"));
    assertTrue(synced.contains("db/quote/data/a.parquet"));
  }

  @Test
  void aCommitLeavesNothingOfItsTableUnsynced() throws IOException {
    try (TestLake lake = TestLake.in(folder)) {
      lake.quotes().upsert(TestLake.batch(1, TestLake.minutes("BTC", 5_000, 0, "1")));
      lake.quotes().upsert(TestLake.batch(TestLake.quote("BTC", TestLake.NOON, "2", 5_000)));
      assertEquals(Set.of(), UnsyncedFiles.OF_PROCESS.below(folder));
    }
    assertTrue(Files.exists(folder.resolve("catalog.db")));
  }
}
