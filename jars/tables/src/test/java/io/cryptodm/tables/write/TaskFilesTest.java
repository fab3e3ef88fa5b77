package io.cryptodm.tables.write;

import static io.cryptodm.tables.TestLake.NOON;
import static io.cryptodm.tables.TestLake.QUOTES;
import static io.cryptodm.tables.TestLake.TOPIC;
import static io.cryptodm.tables.TestLake.TRADES;
import static io.cryptodm.tables.TestLake.batch;
import static io.cryptodm.tables.TestLake.key;
import static io.cryptodm.tables.TestLake.minutes;
import static io.cryptodm.tables.TestLake.quote;
import static io.cryptodm.tables.TestLake.trade;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.tables.Compaction;
import io.cryptodm.tables.FailingTable;
import io.cryptodm.tables.WithLake;
import io.cryptodm.tables.catalog.LakeCatalog;
import io.cryptodm.tables.cleanup.OrphanFiles;
import io.cryptodm.tables.read.TableReader;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.UpsertRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.apache.iceberg.Table;
import org.apache.iceberg.expressions.Expressions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Batches whose rows come in files that tasks have written. */
class TaskFilesTest extends WithLake {
  /** Two rows of a day are a file. */
  private static final KeyedTable.Tuning BULK = new KeyedTable.Tuning(100_000, 2, 0, 5);

  private KeyedTable bulk() {
    return lake.keyed(QUOTES, UpsertRule.QUOTES, BULK);
  }

  private static Row at(String coin, int minute, String price, int partition, long offset) {
    return quote(coin, NOON.plusSeconds(60L * minute), price, 1, partition, offset);
  }

  private static String keyAt(String coin, int minute) {
    return key(coin, NOON.plusSeconds(60L * minute));
  }

  private Set<Path> dataFiles() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return new HashSet<>(files.filter(file -> file.getFileName().toString().startsWith("data-")).toList());
    }
  }

  private long statedRows() {
    return RowCount.exact(lake.table(QUOTES), lake.table(QUOTES).currentSnapshot()).orElseThrow();
  }

  @Test
  void filesOfTasksBecomeTheTable() throws IOException {
    KeyedTable quotes = bulk();
    RowBatch batch =
        Tasks.batch(
            quotes,
            List.of(at("BTC", 0, "1", 0, 0), at("BTC", 1, "1", 0, 1), at("BTC", 0, "2", 0, 2)),
            List.of(at("ETH", 0, "5", 1, 0), at("ETH", 1, "6", 1, 1)));
    assertEquals(2, batch.files().size());
    assertEquals(0, batch.rows().size());
    assertEquals(new UpsertResult(4, 0, 0, 4, true), quotes.upsert(batch));
    assertEquals(Map.of(keyAt("BTC", 0), "2", keyAt("BTC", 1), "1", keyAt("ETH", 0), "5", keyAt("ETH", 1), "6"), lake.prices());
    assertEquals(2, dataFiles().size());
    assertEquals(new TopicOffsets(1, Map.of(0, 3L, 1, 2L)), quotes.held(TOPIC));
    assertEquals("0", lake.table(QUOTES).currentSnapshot().summary().get("total-delete-files"));
  }

  @Test
  void fewRowsOfADayGoTheWayOfSmallBatches() {
    KeyedTable quotes = bulk();
    Instant tomorrow = NOON.plusSeconds(86_400);
    RowBatch batch =
        Tasks.batch(quotes, List.of(at("BTC", 0, "1", 0, 0), at("BTC", 1, "1", 0, 1), quote("BTC", tomorrow, "3", 1, 0, 2)));
    assertEquals(1, batch.files().size());
    assertEquals(1, batch.rows().size());
    assertEquals(new UpsertResult(3, 0, 0, 3, true), quotes.upsert(batch));
    assertEquals("3", lake.prices().get(key("BTC", tomorrow)));
  }

  @Test
  void theSameKeyInTwoTasksIsThereOnce() {
    KeyedTable quotes = bulk();
    RowBatch batch =
        Tasks.batch(
            quotes,
            List.of(at("BTC", 0, "1", 0, 7), at("BTC", 1, "1", 0, 8), at("BTC", 2, "1", 0, 9)),
            // Older by its revision, newer by it, and equal in all but it.
            List.of(at("BTC", 0, "2", 1, 3), at("BTC", 1, "2", 1, 30), at("BTC", 2, "1", 1, 31)),
            List.of(at("BTC", 2, "4", 2, 1)));
    assertEquals(1, batch.rows().size());
    assertEquals(3, quotes.upsert(batch).inserted());
    assertEquals(Map.of(keyAt("BTC", 0), "1", keyAt("BTC", 1), "2", keyAt("BTC", 2), "1"), lake.prices());
    assertEquals(3, statedRows());
    // The row of a small part may win, too.
    quotes.upsert(
        Tasks.batch(quotes, List.of(at("BTC", 0, "5", 0, 50), at("BTC", 1, "5", 0, 51)), List.of(at("BTC", 0, "6", 1, 60))));
    assertEquals(Map.of(keyAt("BTC", 0), "6", keyAt("BTC", 1), "5", keyAt("BTC", 2), "1"), lake.prices());
    assertEquals(3, statedRows());
    // In a process that remembers nothing, too.
    assertFalse(bulk().upsert(batch(at("BTC", 0, "9", 1, 3))).committed());
  }

  @Test
  void revisionsReplaceRowsOfFilesAndOfHotFiles() {
    KeyedTable quotes = lake.keyed(QUOTES, UpsertRule.QUOTES, new KeyedTable.Tuning(100_000, 10, 0, 5));
    quotes.upsert(batch(1, minutes("BTC", 20, 0, "1")));
    quotes.upsert(batch(1, List.of(at("ETH", 0, "1", 1, 0), at("ETH", 1, "1", 1, 1))));
    List<Row> revisions = new ArrayList<>();
    for (int minute = 0; minute < 6; minute++) {
      revisions.add(at("BTC", minute, "2", 0, 20 + minute));
    }
    revisions.add(at("BTC", 6, "1", 0, 26));
    List<Row> others = new ArrayList<>();
    for (int minute = 1; minute < 8; minute++) {
      others.add(at("ETH", minute, "2", 1, 2 + minute));
    }
    RowBatch batch = Tasks.batch(quotes, revisions, others);
    assertEquals(2, batch.files().size());
    assertEquals(new UpsertResult(6, 7, 1, 28, true), quotes.upsert(batch));
    Map<String, String> prices = lake.prices();
    assertEquals(28, prices.size());
    assertEquals("1", prices.get(keyAt("BTC", 6)));
    assertEquals("1", prices.get(keyAt("ETH", 0)));
    assertEquals(13, prices.values().stream().filter("2"::equals).count());
    // The writer knows where all of them are now.
    quotes.upsert(batch(1, List.of(at("BTC", 3, "3", 0, 40), at("ETH", 0, "3", 1, 40), at("ETH", 1, "3", 1, 41))));
    assertEquals(28, lake.prices().size());
    assertEquals(3, lake.prices().values().stream().filter("3"::equals).count());
  }

  @Test
  void aSmallFileOfAnEarlierProcessLosesItsRows() {
    KeyedTable.Tuning tuning = new KeyedTable.Tuning(100_000, 10, 0, 5);
    lake.keyed(QUOTES, UpsertRule.QUOTES, tuning).upsert(batch(at("BTC", 0, "1", 0, 0), at("ETH", 0, "1", 0, 1)));
    KeyedTable restarted = lake.keyed(QUOTES, UpsertRule.QUOTES, tuning);
    List<Row> rows = new ArrayList<>();
    for (int minute = 0; minute < 8; minute++) {
      rows.add(at("BTC", minute, "2", 0, 10 + minute));
    }
    // A small part adopts the file as the hot one of its day.
    restarted.upsert(Tasks.batch(restarted, rows, List.of(at("LTC", 0, "2", 1, 0))));
    Map<String, String> prices = lake.prices();
    assertEquals(10, prices.size());
    assertEquals(List.of("2", "1"), List.of(prices.get(keyAt("BTC", 0)), prices.get(keyAt("ETH", 0))));
    assertEquals(10, statedRows());
  }

  @Test
  void whatTheTableHoldsIsDroppedAndAFileOfSuchRowsIsRemoved() throws IOException {
    KeyedTable quotes = bulk();
    RowBatch first = Tasks.batch(quotes, List.of(at("BTC", 0, "1", 0, 0), at("BTC", 1, "1", 0, 1)));
    // The tasks of a restart run before anything is committed, and again after it.
    RowBatch again = Tasks.batch(quotes, List.of(at("BTC", 0, "1", 0, 0), at("BTC", 1, "1", 0, 1)));
    quotes.upsert(first);
    Set<Path> files = dataFiles();
    assertEquals(2, files.size());
    assertFalse(quotes.upsert(again).committed());
    assertEquals(1, dataFiles().size());
    assertEquals(1, lake.snapshots(QUOTES));
    // Tasks that know the offsets of the table write nothing at all.
    assertEquals(0, Tasks.batch(quotes, List.of(at("BTC", 0, "1", 0, 0), at("BTC", 1, "1", 0, 1))).files().size());
    // Rows that come again under other offsets are dropped by their keys, one by one.
    RowBatch partly =
        Tasks.batch(quotes, List.of(at("BTC", 0, "1", 0, 2), at("BTC", 1, "1", 0, 3), at("BTC", 2, "7", 0, 4)), List.of(at("BTC", 0, "1", 1, 0), at("BTC", 1, "1", 1, 1)));
    assertEquals(2, partly.files().size());
    assertEquals(new UpsertResult(1, 0, 4, 3, true), quotes.upsert(partly));
    assertEquals(2, dataFiles().size());
    assertEquals(Map.of(keyAt("BTC", 0), "1", keyAt("BTC", 1), "1", keyAt("BTC", 2), "7"), lake.prices());
  }

  @Test
  void whoReadsWhatWasAddedSeesNoRowThatWasDropped() {
    KeyedTable quotes = bulk();
    quotes.upsert(Tasks.batch(quotes, List.of(at("BTC", 0, "1", 0, 0), at("BTC", 1, "1", 0, 1))));
    TableReader reader = TableReader.open(lake.catalog, LakeCatalog.identifier(QUOTES));
    Long known = reader.snapshot().orElseThrow();
    quotes.upsert(Tasks.batch(quotes, List.of(at("BTC", 0, "1", 0, 5), at("BTC", 2, "7", 0, 6))));
    quotes.upsert(Tasks.batch(quotes, List.of(at("BTC", 3, "8", 0, 7), at("BTC", 4, "9", 0, 8))));
    reader.refresh();
    List<Long> revisions = new ArrayList<>();
    TableReader.Increment added = reader.since(known);
    added.files().forEach(file -> reader.read(added, file, Expressions.alwaysTrue(), row -> revisions.add((Long) row.value(14) - (1L << 40))));
    assertEquals(Set.of(6L, 7L, 8L), new HashSet<>(revisions));
    List<Long> all = new ArrayList<>();
    TableReader.Increment whole = reader.since(null);
    whole.files().forEach(
        file -> {
          try (var rows = reader.rows(whole, file)) {
            while (rows.advance()) {
              all.add((Long) rows.row().value(14) - (1L << 40));
            }
          }
        });
    assertEquals(Set.of(0L, 1L, 6L, 7L, 8L), new HashSet<>(all));
  }

  @Test
  void aTaskThatRanTwiceLeavesAnOrphanThatMaintenanceRemoves() throws IOException {
    KeyedTable quotes = bulk();
    List<Row> rows = List.of(at("BTC", 0, "1", 0, 0), at("BTC", 1, "1", 0, 1));
    Tasks.slice(quotes, rows);
    quotes.upsert(Tasks.batch(quotes, rows));
    assertEquals(2, dataFiles().size());
    OrphanFiles removed = OrphanFiles.inFolderOf(lake.table(QUOTES), System.currentTimeMillis() + 1_000, true);
    assertEquals(1, removed.files());
    assertEquals(1, dataFiles().size());
    assertEquals(2, lake.prices().size());
  }

  @Test
  void aLostRaceUsesTheSameFilesAgain() throws IOException {
    KeyedTable quotes = bulk();
    RowBatch batch = Tasks.batch(quotes, List.of(at("BTC", 0, "1", 0, 5), at("BTC", 1, "1", 0, 6)));
    // Another process writes one of the keys before the batch is committed.
    bulk().upsert(batch(at("BTC", 0, "3", 1, 9)));
    assertEquals(new UpsertResult(1, 0, 1, 2, true), quotes.upsert(batch));
    assertEquals(Map.of(keyAt("BTC", 0), "3", keyAt("BTC", 1), "1"), lake.prices());
  }

  @Test
  void aBatchThatFailsLeavesNoFiles() throws IOException {
    KeyedTable quotes = new KeyedTable(() -> FailingTable.beforeCommits(lake.table(QUOTES)), UpsertRule.QUOTES, BULK, Clock.systemUTC());
    RowBatch batch = Tasks.batch(bulk(), List.of(at("BTC", 0, "1", 0, 0), at("BTC", 1, "1", 0, 1)));
    assertThrows(RejectedExecutionException.class, () -> quotes.upsert(batch));
    assertEquals(Set.of(), dataFiles());
  }

  @Test
  void afterAnUnknownOutcomeTheFilesStay() throws IOException {
    Table table = FailingTable.unknownOnce(lake.table(QUOTES));
    KeyedTable quotes = new KeyedTable(() -> table, UpsertRule.QUOTES, BULK, Clock.systemUTC());
    RowBatch batch = Tasks.batch(bulk(), List.of(at("BTC", 0, "1", 0, 0), at("BTC", 1, "1", 0, 1)));
    // It was made: the second attempt finds all rows there.
    assertFalse(quotes.upsert(batch).committed());
    assertEquals(2, lake.prices().size());
    assertEquals(1, dataFiles().size());
    RowBatch other = Tasks.batch(bulk(), List.of(at("ETH", 0, "1", 1, 0), at("ETH", 1, "1", 1, 1)));
    KeyedTable lost = new KeyedTable(() -> FailingTable.afterCommits(lake.table(QUOTES)), UpsertRule.QUOTES, BULK, Clock.systemUTC());
    assertThrows(RejectedExecutionException.class, () -> lost.upsert(other));
    assertEquals(4, lake.prices().size());
  }

  @Test
  void ofATradeTheFirstRecordIsKept() {
    KeyedTable trades = lake.keyed(TRADES, UpsertRule.FACTS, BULK);
    RowBatch batch =
        Tasks.batch(trades, List.of(trade("a", NOON, "1", 4), trade("b", NOON, "1", 5), trade("a", NOON, "2", 6)), List.of(trade("b", NOON, "9", 3), trade("c", NOON, "9", 7)));
    assertEquals(2, batch.files().size());
    assertEquals(3, trades.upsert(batch).inserted());
    assertEquals(Map.of("a", "1", "b", "9", "c", "9"), quantities());
    KeyedTable restarted = lake.keyed(TRADES, UpsertRule.FACTS, BULK);
    restarted.upsert(Tasks.batch(restarted, List.of(trade("a", NOON.plusSeconds(86_400), "5", 20), trade("d", NOON, "5", 21), trade("e", NOON, "5", 22))));
    assertEquals(Map.of("a", "1", "b", "9", "c", "9", "d", "5", "e", "5"), quantities());
  }

  private Map<String, String> quantities() {
    Map<String, String> found = new HashMap<>();
    lake.rows(TRADES).forEach(
        row -> {
          String quantity = ((java.math.BigDecimal) row.getField("quantity")).stripTrailingZeros().toPlainString();
          assertEquals(null, found.put((String) row.getField("transaction_id"), quantity), "a key has two rows");
        });
    return found;
  }

  /** Whatever way rows take, and whatever the writer remembers, the table holds the last revision of each key. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void anyMixOfWaysGivesTheLastRevisions(int seed) throws IOException {
    Random random = new Random(seed);
    KeyedTable.Tuning[] tunings = {BULK, new KeyedTable.Tuning(40, 10, 0, 5), new KeyedTable.Tuning(100_000, 20, 0, 5), new KeyedTable.Tuning(10, 6, 0, 5)};
    KeyedTable quotes = bulk();
    Map<String, String> expected = new HashMap<>();
    Map<String, Long> revisions = new HashMap<>();
    // Of two records with one offset in two partitions nobody can say which is newer.
    long offset = 0;
    for (int round = 0; round < 20; round++) {
      if (random.nextInt(4) == 0) {
        quotes = lake.keyed(QUOTES, UpsertRule.QUOTES, tunings[random.nextInt(tunings.length)]);
      }
      if (random.nextInt(10) == 0 && lake.table(QUOTES).currentSnapshot() != null) {
        Compaction.of(lake.table(QUOTES));
      }
      List<List<Row>> parts = List.of(new ArrayList<>(), new ArrayList<>());
      int count = 1 + random.nextInt(random.nextBoolean() ? 4 : 60);
      for (int i = 0; i < count; i++) {
        int partition = random.nextInt(2);
        String coin = "C" + (random.nextInt(8) == 0 ? random.nextInt(6) : partition + 2 * random.nextInt(3));
        int minute = random.nextInt(4) * 700 + random.nextInt(12 + round);
        String price = String.valueOf(1 + random.nextInt(5));
        offset++;
        parts.get(partition).add(at(coin, minute, price, partition, offset));
        String itsKey = keyAt(coin, minute);
        if (offset > revisions.getOrDefault(itsKey, -1L)) {
          revisions.put(itsKey, offset);
          expected.put(itsKey, price);
        }
      }
      if (random.nextInt(3) == 0) {
        List<Row> all = new ArrayList<>(parts.get(0));
        all.addAll(parts.get(1));
        quotes.upsert(batch(1, all));
      } else {
        quotes.upsert(Tasks.batch(quotes, parts.get(0), parts.get(1)));
      }
      assertEquals(expected, lake.prices(), "round " + round);
      assertEquals(expected.size(), statedRows());
    }
  }
}
