package io.cryptodm.tables.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.apache.iceberg.io.FileInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of a local lake. */
class LocalFileIOTest {
  private static final int FILES = 2_000;
  private static final int MOST_ROUNDS = 20;

  @TempDir Path folder;

  private final LocalFileIO io = new LocalFileIO();

  @Test
  void listsFilesWithTheirSizesInTheCallersForm() throws IOException {
    Files.createDirectories(folder.resolve("table/metadata"));
    Files.writeString(folder.resolve("table/metadata/a.json"), "four");
    Files.writeString(folder.resolve("table/b.parquet"), "");
    assertEquals(List.of(folder + "/table/b.parquet 0", folder + "/table/metadata/a.json 4"), listed(folder + "/table/"));
    for (String head : List.of("file:", "file://")) {
      assertEquals(List.of(head + folder + "/table/b.parquet 0", head + folder + "/table/metadata/a.json 4"), listed(head + folder + "/table"));
    }
    assertEquals(List.of(), listed(folder + "/nothing"));
    io.deletePrefix(folder + "/table/");
    assertFalse(Files.exists(folder.resolve("table")));
    io.deletePrefix(folder + "/table/");
  }

  @Test
  void takesTheLettersOfALocationAsTheyAre() throws IOException {
    for (String name : List.of("two words", "100%", "a%20b", "donn\u00e9es", "c#d?e")) {
      Path file = Files.writeString(Files.createDirectories(folder.resolve(name)).resolve("a.json"), "four");
      for (String location : List.of(file.toString(), "file:" + file, "file://" + file)) {
        assertEquals(file.toString(), LocalFileIO.plain(location));
        assertEquals(4, io.newInputFile(location).getLength());
      }
    }
  }

  private List<String> listed(String prefix) {
    List<String> listed = new ArrayList<>();
    for (FileInfo file : io.listPrefix(prefix)) {
      listed.add(file.location() + " " + file.size());
    }
    return List.copyOf(new TreeSet<>(listed));
  }

  @Test
  void skipsFilesThatAreRemovedMeanwhile() throws Exception {
    skipsFilesThatAreRemovedMeanwhile(2);
  }

  @Tag("long")
  @Test
  void skipsFilesThatAreRemovedMeanwhileManyTimes() throws Exception {
    skipsFilesThatAreRemovedMeanwhile(MOST_ROUNDS);
  }

  /** @param enough rounds in which the two met: a listing may also be over before the first file goes */
  private void skipsFilesThatAreRemovedMeanwhile(int enough) throws Exception {
    int met = 0;
    for (int round = 0; round < MOST_ROUNDS && met < enough; round++) {
      Path table = Files.createDirectories(folder.resolve("table-" + round));
      for (int number = 0; number < FILES; number++) {
        Files.createFile(table.resolve(number + ".avro"));
      }
      Path staying = Files.createFile(Files.createDirectories(table.resolve("data")).resolve("staying"));
      CountDownLatch started = new CountDownLatch(1);
      CompletableFuture<Void> other = CompletableFuture.runAsync(() -> removeFiles(table, started));
      started.await();
      List<String> listed = listed(table + "/");
      other.get();
      assertTrue(listed.contains(staying + " 0"));
      met += listed.size() > 1 && listed.size() <= FILES ? 1 : 0;
    }
    assertTrue(met > 0, "no listing ran while files were removed");
  }

  private static void removeFiles(Path table, CountDownLatch started) {
    for (int number = 0; number < FILES; number++) {
      try {
        Files.delete(table.resolve(number + ".avro"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      if (number == FILES / 10) {
        started.countDown();
      }
    }
  }
}
