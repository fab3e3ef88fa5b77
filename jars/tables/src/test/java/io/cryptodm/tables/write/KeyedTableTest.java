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
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.Generations;
import io.cryptodm.tables.Compaction;
import io.cryptodm.tables.WithLake;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.UpsertRule;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;
import org.junit.jupiter.api.Test;

class KeyedTableTest extends WithLake {
  @Test
  void laterRevisionReplacesAlsoDownwards() {
    KeyedTable quotes = lake.quotes();
    quotes.upsert(batch(quote("BTC", NOON, "100", 0)));
    UpsertResult written = quotes.upsert(batch(quote("BTC", NOON, "90", 1)));
    assertEquals(new UpsertResult(0, 1, 0, 1, true), written);
    assertEquals(Map.of(key("BTC", NOON), "90"), lake.prices());
  }

  @Test
  void equalRepeatMakesNoSnapshot() {
    KeyedTable quotes = lake.quotes();
    quotes.upsert(batch(quote("BTC", NOON, "100", 0)));
    UpsertResult written = quotes.upsert(batch(quote("BTC", NOON, "100", 1)));
    assertFalse(written.committed());
    assertEquals(1, lake.snapshots(QUOTES));
  }

  @Test
  void staleRevisionIsDropped() {
    KeyedTable quotes = lake.quotes();
    quotes.upsert(batch(quote("BTC", NOON, "100", 1, 0, 7)));
    // In another partition, so that the end offsets do not drop it.
    assertFalse(quotes.upsert(batch(quote("BTC", NOON, "90", 1, 1, 3))).committed());
    assertEquals(Map.of(key("BTC", NOON), "100"), lake.prices());
  }

  @Test
  void lastRevisionOfOneBatchIsKept() {
    lake.quotes().upsert(batch(quote("BTC", NOON, "1", 0), quote("BTC", NOON, "3", 2), quote("BTC", NOON, "2", 1)));
    assertEquals(Map.of(key("BTC", NOON), "3"), lake.prices());
  }

  @Test
  void replayOfTheSameBatchChangesNothing() {
    RowBatch batch = batch(quote("BTC", NOON, "1", 0), quote("LTC", NOON, "2", 1));
    lake.quotes().upsert(batch);
    assertFalse(lake.quotes().upsert(batch).committed());
    assertEquals(2, lake.prices().size());
  }

  @Test
  void replayFromTheBeginningWithOtherBatchBoundsChangesNothing() {
    KeyedTable quotes = lake.quotes();
    quotes.upsert(batch(quote("BTC", NOON, "1", 0), quote("BTC", NOON.plusSeconds(60), "5", 1)));
    quotes.upsert(batch(quote("BTC", NOON, "2", 2)));
    KeyedTable restarted = lake.quotes();
    for (Row row : List.of(quote("BTC", NOON, "1", 0), quote("BTC", NOON.plusSeconds(60), "5", 1), quote("BTC", NOON, "2", 2))) {
      assertFalse(restarted.upsert(batch(row)).committed());
    }
    assertEquals(Map.of(key("BTC", NOON), "2", key("BTC", NOON.plusSeconds(60)), "5"), lake.prices());
  }

  @Test
  void keysPreventDuplicatesWhenTheOffsetsAreLost() {
    lake.quotes().upsert(batch(1, minutes("BTC", 50, 0, "1")));
    lake.table(QUOTES).updateProperties().remove(TopicOffsets.propertyOf(TOPIC)).commit();
    assertFalse(lake.quotes().upsert(batch(1, minutes("BTC", 50, 0, "1"))).committed());
    UpsertResult written = lake.quotes().upsert(batch(1, minutes("BTC", 50, 100, "2")));
    assertEquals(50, written.replaced());
    assertEquals(Set.of("2"), new HashSet<>(lake.prices().values()));
  }

  @Test
  void offsetsOutliveTheExpiryOfSnapshots() {
    KeyedTable quotes = lake.quotes();
    quotes.upsert(batch(quote("BTC", NOON, "1", 0)));
    quotes.upsert(batch(quote("BTC", NOON, "2", 1)));
    lake.table(QUOTES).expireSnapshots().expireOlderThan(System.currentTimeMillis() + 1).retainLast(1).commit();
    assertEquals(1, lake.snapshots(QUOTES));
    assertEquals(new TopicOffsets(1, Map.of(0, 2L)), lake.quotes().held(TOPIC));
    assertFalse(lake.quotes().upsert(batch(quote("BTC", NOON, "1", 0))).committed());
    // The running writer has lost the snapshot that it saw last.
    assertTrue(quotes.upsert(batch(quote("BTC", NOON, "3", 2))).committed());
    assertEquals(Map.of(key("BTC", NOON), "3"), lake.prices());
  }

  @Test
  void newGenerationWinsWithLowerOffsets() {
    lake.quotes().upsert(batch(quote("BTC", NOON, "100", 500)));
    lake.quotes().upsert(batch(2, List.of(quote("BTC", NOON, "99", 2, 0, 0))));
    assertEquals(Map.of(key("BTC", NOON), "99"), lake.prices());
    assertEquals(new TopicOffsets(2, Map.of(0, 1L)), lake.quotes().held(TOPIC));
    // The old generation never comes back.
    assertFalse(lake.quotes().upsert(batch(quote("BTC", NOON, "100", 501))).committed());
  }

  @Test
  void aTopicThatLostRecordsGoesOnWhereItBeginsAgain() {
    // 0 and 1 survive; 2 and 3 are lost after the table has taken them.
    lake.quotes()
        .upsert(
            batch(
                quote("BTC", NOON, "1", 0),
                quote("BTC", NOON.plusSeconds(60), "1", 1),
                quote("BTC", NOON, "2", 2),
                quote("BTC", NOON.plusSeconds(120), "2", 3)));
    Map<String, String> before = lake.prices();
    Generations now = new Generations(List.of(new Generations.Begin(1, Map.of()), new Generations.Begin(2, Map.of(0, 2L))));
    // What survived comes again: no row moves back to it.
    assertFalse(
        lake.quotes().upsert(batch(now, List.of(quote("BTC", NOON, "1", 0), quote("BTC", NOON.plusSeconds(60), "1", 1)))).committed());
    assertEquals(before, lake.prices());
    // The offsets of the lost records come again with others.
    UpsertResult written =
        lake.quotes()
            .upsert(
                batch(
                    now,
                    List.of(
                        quote("BTC", NOON.plusSeconds(60), "1", 1),
                        quote("BTC", NOON.plusSeconds(60), "9", 2, 0, 2),
                        quote("BTC", NOON.plusSeconds(180), "9", 2, 0, 3))));
    assertEquals(new UpsertResult(1, 1, 1, 4, true), written);
    Map<String, String> after = new HashMap<>(before);
    after.put(key("BTC", NOON.plusSeconds(60)), "9");
    after.put(key("BTC", NOON.plusSeconds(180)), "9");
    assertEquals(after, lake.prices());
    assertEquals(new TopicOffsets(2, Map.of(0, 4L)), lake.quotes().held(TOPIC));
  }

  @Test
  void aPartitionThatLostNothingGoesOnWhereItWas() {
    lake.quotes().upsert(batch(quote("BTC", NOON, "1", 1, 0, 9), quote("ETH", NOON, "1", 1, 1, 9)));
    Generations now = new Generations(List.of(new Generations.Begin(1, Map.of()), new Generations.Begin(2, Map.of(0, 4L, 1, 20L))));
    // Between what the table holds and the begin there are records of the earlier generation.
    lake.quotes().upsert(batch(now, List.of(quote("ETH", NOON, "2", 1, 1, 5), quote("ETH", NOON.plusSeconds(60), "2", 1, 1, 10))));
    assertEquals(Map.of(key("BTC", NOON), "1", key("ETH", NOON), "1", key("ETH", NOON.plusSeconds(60)), "2"), lake.prices());
    assertEquals(new TopicOffsets(2, Map.of(0, 4L, 1, 11L)), lake.quotes().held(TOPIC));
  }

  @Test
  void midnightDividesPartitions() {
    Instant before = Instant.parse("2025-07-08T23:59:00Z");
    Instant after = Instant.parse("2025-07-09T00:00:00Z");
    KeyedTable quotes = lake.quotes();
    quotes.upsert(batch(quote("BTC", before, "1", 0), quote("BTC", after, "2", 1)));
    quotes.upsert(batch(quote("BTC", before, "3", 2), quote("BTC", after, "4", 3)));
    assertEquals(Map.of(key("BTC", before), "3", key("BTC", after), "4"), lake.prices());
    assertEquals(2, liveFiles().size());
  }

  @Test
  void aThousandRevisionsLeaveOneFileAndNoDeletes() {
    KeyedTable quotes = lake.quotes();
    for (int i = 0; i < 60; i++) {
      quotes.upsert(batch(quote("BTC", NOON, String.valueOf(i + 1), 2L * i), quote("LTC", NOON, String.valueOf(i + 1), 2L * i + 1)));
    }
    assertEquals(1, liveFiles().size());
    assertEquals("0", lake.table(QUOTES).currentSnapshot().summary().get("total-delete-files"));
    assertEquals(Set.of("60"), new HashSet<>(lake.prices().values()));
  }

  @Test
  void restartsAdoptTheSmallFile() {
    for (int i = 0; i < 5; i++) {
      lake.quotes().upsert(batch(quote("BTC", NOON.plusSeconds(60L * i), "1", i)));
    }
    assertEquals(1, liveFiles().size());
    assertEquals(5, lake.prices().size());
  }

  @Test
  void fullHotFileIsSealed() {
    KeyedTable quotes = lake.keyed(QUOTES, UpsertRule.QUOTES, new KeyedTable.Tuning(100_000, 20, 0, 5));
    for (int i = 0; i < 60; i++) {
      quotes.upsert(batch(quote("BTC", NOON.plusSeconds(60L * i), "1", i)));
    }
    assertTrue(liveFiles().size() > 1 && liveFiles().size() <= 12, liveFiles().size() + " files");
    // Late revisions of sealed rows.
    quotes.upsert(batch(quote("BTC", NOON, "7", 60), quote("BTC", NOON.plusSeconds(60 * 30), "7", 61)));
    assertEquals(60, lake.prices().size());
    assertEquals("7", lake.prices().get(key("BTC", NOON)));
  }

  @Test
  void largeBatchesAndTheirRevisions() {
    KeyedTable quotes = lake.quotes();
    quotes.upsert(batch(1, minutes("BTC", 12_000, 0, "1")));
    UpsertResult written = quotes.upsert(batch(1, minutes("BTC", 6_000, 12_000, "2")));
    assertEquals(6_000, written.replaced());
    assertEquals(12_000, written.tableRows());
    Map<String, String> prices = lake.prices();
    assertEquals(12_000, prices.size());
    assertEquals(6_000, prices.values().stream().filter("2"::equals).count());
    // Replaces all rows of the first files: such files are removed, without deletes that pile up on them.
    quotes.upsert(batch(1, minutes("BTC", 12_000, 20_000, "3")));
    assertEquals(Set.of("3"), new HashSet<>(lake.prices().values()));
    assertEquals(12_000, lake.prices().size());
  }

  @Test
  void smallCacheReadsTheTable() {
    KeyedTable quotes = lake.keyed(QUOTES, UpsertRule.QUOTES, new KeyedTable.Tuning(40, 10, 0, 5));
    Map<String, String> expected = new HashMap<>();
    Random random = new Random(7);
    for (int offset = 0; offset < 70; offset++) {
      String coin = "C" + random.nextInt(3);
      Instant minute = NOON.plusSeconds(60L * random.nextInt(60));
      String price = String.valueOf(1 + random.nextInt(9));
      quotes.upsert(batch(quote(coin, minute, price, offset)));
      expected.put(key(coin, minute), price);
    }
    assertEquals(expected, lake.prices());
  }

  @Test
  void compactionBeforeABatchMovesRowsOnly() throws IOException {
    KeyedTable quotes = lake.quotes();
    quotes.upsert(batch(1, minutes("BTC", 3_000, 0, "1")));
    quotes.upsert(batch(quote("BTC", NOON.plusSeconds(60 * 5_000), "1", 3_000)));
    Compaction.of(lake.table(QUOTES));
    UpsertResult written = quotes.upsert(batch(quote("BTC", NOON, "2", 3_001), quote("BTC", NOON.plusSeconds(60 * 5_000), "3", 3_002)));
    assertEquals(2, written.replaced());
    assertEquals(3_001, lake.prices().size());
    assertEquals("2", lake.prices().get(key("BTC", NOON)));
  }

  @Test
  void compactionBetweenPlanAndCommitIsRetried() throws IOException {
    lake.quotes().upsert(batch(1, minutes("BTC", 3_000, 0, "1")));
    // It plans before the compaction and commits after it.
    Table stale = InterruptedTable.before(1, lake.table(QUOTES), () -> Compaction.of(lake.table(QUOTES))).proxy();
    KeyedTable quotes = new KeyedTable(() -> stale, UpsertRule.QUOTES, KeyedTable.Tuning.DEFAULT, java.time.Clock.systemUTC());
    UpsertResult written = quotes.upsert(batch(quote("BTC", NOON, "2", 3_000)));
    assertEquals(1, written.replaced());
    assertEquals(3_000, lake.prices().size());
    assertEquals("2", lake.prices().get(key("BTC", NOON)));
  }

  /** The batch does not touch the compacted files, so its commit succeeds before or after the compaction. */
  private void moveRowsAround(InterruptedTable interrupted) throws IOException {
    Table table = interrupted.proxy();
    KeyedTable quotes = new KeyedTable(() -> table, UpsertRule.QUOTES, new KeyedTable.Tuning(10_000, 100, 90_000, 12), java.time.Clock.systemUTC());
    quotes.upsert(batch(1, minutes("BTC", 3_000, 0, "1")));
    Instant later = NOON.plus(java.time.Duration.ofDays(9));
    quotes.upsert(batch(quote("BTC", later, "5", 3_000)));
    UpsertResult written = quotes.upsert(batch(quote("BTC", NOON, "2", 3_001)));
    assertEquals(1, written.replaced());
    assertEquals(3_001, lake.prices().size());
    assertEquals("2", lake.prices().get(key("BTC", NOON)));
    assertEquals("5", lake.prices().get(key("BTC", later)));
  }

  @Test
  void compactionBeforeAnUnrelatedCommitIsFollowed() throws IOException {
    moveRowsAround(InterruptedTable.before(2, lake.table(QUOTES), () -> Compaction.of(lake.table(QUOTES))));
  }

  @Test
  void compactionRightAfterACommitIsFollowed() throws IOException {
    moveRowsAround(InterruptedTable.after(2, lake.table(QUOTES), () -> Compaction.of(lake.table(QUOTES))));
  }

  @Test
  void anotherWriterAfterACommitIsSeen() {
    Row foreign = quote("BTC", NOON, "7", 10);
    Table table = InterruptedTable.after(1, lake.table(QUOTES), () -> lake.quotes().upsert(batch(foreign))).proxy();
    KeyedTable quotes = new KeyedTable(() -> table, UpsertRule.QUOTES, KeyedTable.Tuning.DEFAULT, java.time.Clock.systemUTC());
    quotes.upsert(batch(quote("BTC", NOON, "1", 0)));
    quotes.upsert(batch(quote("BTC", NOON, "9", 20)));
    assertEquals(Map.of(key("BTC", NOON), "9"), lake.prices());
  }

  @Test
  void anotherWriterOfTheSameTableIsSeen() {
    KeyedTable one = lake.quotes();
    KeyedTable other = lake.quotes();
    one.upsert(batch(quote("BTC", NOON, "1", 0)));
    other.upsert(batch(quote("BTC", NOON, "2", 1)));
    one.upsert(batch(quote("BTC", NOON, "3", 2)));
    other.upsert(batch(quote("BTC", NOON, "4", 3)));
    assertEquals(Map.of(key("BTC", NOON), "4"), lake.prices());
  }

  @Test
  void firstTradeIsKeptForEver() {
    KeyedTable trades = lake.keyed(TRADES, UpsertRule.FACTS, KeyedTable.Tuning.DEFAULT);
    String first = "0197e5b2-1000-7000-8000-000000000001";
    String second = "0197e5b2-2000-7000-8000-000000000002";
    trades.upsert(batch(trade(second, NOON, "2", 0)));
    // Earlier by its id, later by its arrival; and a repeat with another quantity.
    trades.upsert(batch(trade(first, NOON, "1", 1), trade(second, NOON, "9", 2)));
    KeyedTable restarted = lake.keyed(TRADES, UpsertRule.FACTS, KeyedTable.Tuning.DEFAULT);
    assertFalse(restarted.upsert(batch(trade(first, NOON, "5", 3), trade(second, NOON, "5", 4))).committed());
    assertEquals(2, lake.rows(TRADES).size());
    assertEquals(
        Set.of("1", "2"),
        new HashSet<>(lake.rows(TRADES).stream().map(row -> ((java.math.BigDecimal) row.getField("quantity")).stripTrailingZeros().toPlainString()).toList()));
  }

  private Set<String> liveFiles() {
    Set<String> files = new HashSet<>();
    try (CloseableIterable<FileScanTask> tasks = lake.table(QUOTES).newScan().planFiles()) {
      tasks.forEach(task -> files.add(task.file().location()));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return files;
  }
}
