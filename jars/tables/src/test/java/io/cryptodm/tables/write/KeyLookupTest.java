package io.cryptodm.tables.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.tables.TestLake;
import io.cryptodm.tables.rows.Digest;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.RowLayout;
import io.cryptodm.tables.rows.UpsertRule;
import io.cryptodm.tables.storage.TableFiles;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.iceberg.Table;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which files are read to find a few keys. */
class KeyLookupTest {
  private static final Instant MIDNIGHT = Instant.parse("2025-07-08T00:00:00Z");
  private static final UpsertRule RULE = UpsertRule.QUOTES;

  @TempDir Path folder;

  @Test
  void keysFarApartAreFoundWithoutReadingWhatLiesBetween() throws Exception {
    try (TestLake lake = TestLake.in(folder)) {
      writeHours(lake, 6);
      Found found = search(lake.table(TestLake.QUOTES), quote("BTC", 7), quote("LTC", 5 * 60 + 59), quote("ETH", 7));
      assertEquals(new TreeSet<>(List.of("BTC 7", "LTC 359")), found.keys);
      assertEquals(2, found.files.get());
    }
  }

  @Test
  void moreKeysThanRangesAreAllFound() throws Exception {
    try (TestLake lake = TestLake.in(folder)) {
      writeHours(lake, 24);
      Row[] wanted = new Row[200];
      TreeSet<String> expected = new TreeSet<>();
      for (int i = 0; i < wanted.length; i++) {
        int minute = i * 7;
        wanted[i] = quote(i % 2 == 0 ? "BTC" : "LTC", minute);
        expected.add((i % 2 == 0 ? "BTC " : "LTC ") + minute);
      }
      assertEquals(expected, search(lake.table(TestLake.QUOTES), wanted).keys);
    }
  }

  @Tag("long")
  @Test
  void ofALargeFileOnlyThePartWithTheKeyIsRead() throws Exception {
    try (TestLake lake = TestLake.in(folder)) {
      KeyedTable writer = lake.quotes();
      List<Row> day = new ArrayList<>();
      for (int coin = 0; coin < 200; coin++) {
        for (int minute = 0; minute < 1440; minute++) {
          // Prices that dictionary encoding does not shrink.
          String price = (coin * 1440L + minute) * 7919 % 1_000_003 + ".000000000001";
          day.add(TestLake.quote("C%03d".formatted(coin), MIDNIGHT.plusSeconds(60L * minute), price, day.size()));
        }
      }
      writer.upsert(TestLake.batch(1, day));
      Table table = lake.table(TestLake.QUOTES);
      AtomicInteger rows = new AtomicInteger();
      TableFiles files = new TableFiles(table, table.schema());
      KeyLookup search = new KeyLookup(layoutOf(table), files);
      Row wanted = quote("C150", 700);
      search.search(
          Map.of(layoutOf(table).keyOf(wanted), wanted),
          (key, row, task, position) -> assertEquals("C150", row.value(0)),
          (task, live) -> {
            files.read(task, (row, position) -> rows.incrementAndGet());
            assertEquals(day.size() / 2, live);
          });
      assertTrue(rows.get() > 0 && rows.get() <= day.size() / 4, "read " + rows + " rows");
    }
  }

  private record Found(TreeSet<String> keys, AtomicInteger files) {}

  private static Found search(Table table, Row... rows) {
    RowLayout layout = layoutOf(table);
    Map<Digest, Row> wanted = new LinkedHashMap<>();
    for (Row row : rows) {
      wanted.put(layout.keyOf(row), row);
    }
    Found found = new Found(new TreeSet<>(), new AtomicInteger());
    new KeyLookup(layout, new TableFiles(table, table.schema()))
        .search(
            wanted,
            (key, row, task, position) -> found.keys.add(row.value(0) + " " + ((Long) row.value(2) / 60_000_000 - MIDNIGHT.getEpochSecond() / 60)),
            (task, live) -> found.files.incrementAndGet());
    return found;
  }

  private static RowLayout layoutOf(Table table) {
    return new RowLayout(table.schema(), table.sortOrder(), RULE);
  }

  /** A file for each hour of two coins. */
  private static void writeHours(TestLake lake, int hours) {
    KeyedTable writer = lake.keyed(TestLake.QUOTES, RULE, new KeyedTable.Tuning(10_000, 1, 0, 3));
    for (int hour = 0; hour < hours; hour++) {
      writer.upsert(TestLake.batch(1, hourOf(hour)));
    }
  }

  private static List<Row> hourOf(int hour) {
    List<Row> rows = new ArrayList<>();
    for (int minute = hour * 60; minute < hour * 60 + 60; minute++) {
      rows.add(quote("BTC", minute));
      rows.add(quote("LTC", minute));
    }
    return rows;
  }

  private static Row quote(String coin, int minute) {
    return TestLake.quote(coin, MIDNIGHT.plusSeconds(60L * minute), "1", minute);
  }
}
