package io.cryptodm.tables.write;

import static io.cryptodm.tables.TestLake.QUOTES;
import static io.cryptodm.tables.TestLake.batch;
import static io.cryptodm.tables.TestLake.key;
import static io.cryptodm.tables.TestLake.quote;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.tables.SimulatedClock;
import io.cryptodm.tables.TestLake;
import io.cryptodm.tables.cleanup.ReachableFiles;
import io.cryptodm.tables.compact.WriterMaintenance;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.UpsertRule;
import io.cryptodm.tables.storage.LocalFileIO;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hours of commits without any other maintenance: the writer itself bounds how far a table grows. */
class HealthyDayTest {
  /** Seconds between two commits; 10 takes six times as long to run. */
  private static final Duration STEP = Duration.ofSeconds(Long.getLong("cryptodm.day.step", 60));
  private static final List<String> COINS = List.of("BTC", "ETH", "SOL");

  @TempDir Path folder;

  private final Map<String, String> expected = new HashMap<>();
  private final Random random = new Random(5);
  private long offset;

  @Test
  void staysSmallThroughHoursOfCommits() throws IOException {
    staysSmallThrough(Duration.ofMinutes(150));
  }

  /** Takes five minutes: only a whole day reaches the thinning of snapshots by the hour and the merges of merged files. */
  @Tag("long")
  @Test
  void staysSmallThroughADayOfCommits() throws IOException {
    staysSmallThrough(Duration.ofHours(Long.getLong("cryptodm.day.hours", 24)));
  }

  private void staysSmallThrough(Duration length) throws IOException {
    // In the past, because some times come from the real clock and none may be in the future.
    Instant begin = Instant.now().minus(Duration.ofDays(3)).truncatedTo(java.time.temporal.ChronoUnit.DAYS);
    SimulatedClock clock = new SimulatedClock(begin);
    Extremes most = new Extremes();
    try (TestLake lake = TestLake.in(folder)) {
      KeyedTable quotes = null;
      int commits = each(length);
      for (int i = 0; i < commits; i++) {
        // A restart loses the hot files, and the small files that it leaves count too.
        if (i % each(Duration.ofHours(2)) == 0) {
          quotes = open(lake, clock);
        }
        List<Row> rows = present(clock.instant());
        if (i % each(Duration.ofMinutes(2)) == 1) {
          rows.addAll(late(begin, clock.instant()));
        }
        if (i % each(Duration.ofHours(1)) == 30) {
          rows.addAll(catchUp(begin.minus(Duration.ofDays(1 + random.nextInt(2)))));
        }
        quotes.upsert(batch(1, rows));
        clock.advance(STEP);
        if (i % each(Duration.ofMinutes(5)) == 4) {
          most.look(lake.table(QUOTES));
        }
      }
      TreeSet<String> onDisk = filesIn(LocalFileIO.pathOf(lake.table(QUOTES).location()));
      System.out.printf(
          "%d simulated minutes, %d commits, at most: %s; files on disk at the end %d%n", length.toMinutes(), commits, most, onDisk.size());
      onDisk.removeAll(ReachableFiles.of(lake.table(QUOTES)).keySet());
      assertEquals(new TreeSet<>(), onDisk, "orphan files");
      assertEquals(expected, lake.prices());
      // All of the last 10 minutes and of the 5 until the next thinning, one per 10 minutes before that, and the commits of merges.
      assertTrue(most.snapshots <= each(Duration.ofMinutes(15)) + Math.min(144, length.toMinutes() / 10) + 20, most.toString());
      // Three partitions, each with fewer than 8 files of the smaller size classes, the files of 5 minutes, and the hot file.
      assertTrue(most.dataFiles <= 40, most.toString());
      assertTrue(most.deleteFiles <= 3 * (WriterMaintenance.MERGED_FILES + 3), most.toString());
      assertTrue(most.manifests <= 40, most.toString());
      assertTrue(most.metadataFiles <= 21, most.toString());
    }
  }

  private static int each(Duration time) {
    return (int) (time.toSeconds() / STEP.toSeconds());
  }

  private KeyedTable open(TestLake lake, SimulatedClock clock) {
    KeyedTable.Tuning tuning = new KeyedTable.Tuning(100_000, 200, 90_000, 12);
    return new KeyedTable(() -> SimulatedTable.over(lake.table(QUOTES), clock), UpsertRule.QUOTES, tuning, clock, Runnable::run);
  }

  /** The running minute of each coin, revised with each commit. */
  private List<Row> present(Instant now) {
    List<Row> rows = new ArrayList<>();
    for (String coin : COINS) {
      rows.add(bar(coin, now.truncatedTo(java.time.temporal.ChronoUnit.MINUTES)));
    }
    return rows;
  }

  /** Revisions of minutes that were sealed long ago. */
  private List<Row> late(Instant begin, Instant now) {
    long minutes = Duration.between(begin, now).toMinutes();
    List<Row> rows = new ArrayList<>();
    if (minutes > 10) {
      rows.add(bar("BTC", begin.plus(Duration.ofMinutes(random.nextInt((int) minutes - 5)))));
    }
    return rows;
  }

  /** Two hours of an earlier day in one batch. */
  private List<Row> catchUp(Instant day) {
    List<Row> rows = new ArrayList<>();
    int first = random.nextInt(22 * 60);
    for (String coin : COINS) {
      for (int minute = first; minute < first + 120; minute++) {
        rows.add(bar(coin, day.plus(Duration.ofMinutes(minute))));
      }
    }
    return rows;
  }

  private Row bar(String coin, Instant minute) {
    String price = String.valueOf(1 + random.nextInt(100_000));
    expected.put(key(coin, minute), price);
    return quote(coin, minute, price, offset++);
  }

  private static TreeSet<String> filesIn(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(Files::isRegularFile).map(Path::toString).collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private static final class Extremes {
    private long snapshots;
    private long dataFiles;
    private long deleteFiles;
    private long manifests;
    private long metadataFiles;

    void look(Table table) throws IOException {
      Snapshot current = table.currentSnapshot();
      snapshots = Math.max(snapshots, Stream.of(table.snapshots()).mapToLong(all -> all.spliterator().getExactSizeIfKnown()).sum());
      dataFiles = Math.max(dataFiles, Long.parseLong(current.summary().get("total-data-files")));
      deleteFiles = Math.max(deleteFiles, Long.parseLong(current.summary().get("total-delete-files")));
      manifests = Math.max(manifests, current.allManifests(table.io()).size());
      try (Stream<Path> files = Files.list(LocalFileIO.pathOf(table.location()).resolve("metadata"))) {
        metadataFiles = Math.max(metadataFiles, files.filter(file -> file.toString().endsWith(".metadata.json")).count());
      }
    }

    @Override
    public String toString() {
      return "%d snapshots, %d data files, %d delete files, %d manifests, %d metadata files"
          .formatted(snapshots, dataFiles, deleteFiles, manifests, metadataFiles);
    }
  }
}
