package io.cryptodm.tables.catalog;

import static io.cryptodm.tables.TestLake.NOON;
import static io.cryptodm.tables.TestLake.QUOTES;
import static io.cryptodm.tables.TestLake.batch;
import static io.cryptodm.tables.TestLake.quote;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cryptodm.tables.TestLake;
import io.cryptodm.tables.WithLake;
import io.cryptodm.tables.storage.LocalFileIO;
import io.cryptodm.tables.write.KeyedTable;
import java.io.IOException;
import java.nio.file.Files;
import org.apache.iceberg.HistoryEntry;
import org.apache.iceberg.Table;
import org.junit.jupiter.api.Test;

/** Tables that were committed to while the clock was an hour fast. */
class PastTimesTest extends WithLake {
  private static final long HOUR = 3_600_000;
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void tableTakesCommitsAfterTheClockWasSetBack() throws IOException {
    lake.quotes().upsert(batch(quote("BTC", NOON, "1", 0)));
    lake.quotes().upsert(batch(quote("BTC", NOON, "2", 1)));
    commitAnHourAhead();
    KeyedTable quotes = lake.quotes();
    quotes.upsert(batch(quote("BTC", NOON, "3", 2)));
    quotes.upsert(batch(quote("BTC", NOON, "4", 3)));
    assertEquals("{" + TestLake.key("BTC", NOON) + "=4}", lake.prices().toString());
    assertTimesArePast(lake.table(QUOTES));
    assertEquals(4, lake.snapshots(QUOTES));
  }

  @Test
  void writerThatWasOpenBeforeGoesOn() throws IOException {
    KeyedTable quotes = lake.quotes();
    quotes.upsert(batch(quote("BTC", NOON, "1", 0)));
    commitAnHourAhead();
    quotes.upsert(batch(quote("BTC", NOON, "2", 1)));
    assertEquals("{" + TestLake.key("BTC", NOON) + "=2}", lake.prices().toString());
    assertTimesArePast(lake.table(QUOTES));
  }

  /** As by another writer whose clock is fast: the same state of the table, with later times. */
  private void commitAnHourAhead() throws IOException {
    try (CatalogPointers pointers = CatalogPointers.of(lake.spec.catalog())) {
      String location = pointers.find(LakeCatalog.identifier(QUOTES)).orElseThrow();
      JsonNode json = JSON.readTree(Files.readString(LocalFileIO.pathOf(location)));
      later(json, "last-updated-ms");
      for (String list : new String[] {"snapshots", "snapshot-log"}) {
        json.path(list).forEach(entry -> later(entry, "timestamp-ms"));
      }
      String moved = location.replace(".metadata.json", "-ahead.metadata.json");
      Files.writeString(LocalFileIO.pathOf(moved), json.toString());
      assertTrue(pointers.move(LakeCatalog.identifier(QUOTES), location, moved));
    }
  }

  private static void later(JsonNode object, String field) {
    ((ObjectNode) object).put(field, object.path(field).asLong() + HOUR);
  }

  private static void assertTimesArePast(Table table) {
    long last = 0;
    for (HistoryEntry entry : table.history()) {
      assertTrue(entry.timestampMillis() >= last);
      last = entry.timestampMillis();
    }
    assertTrue(last <= System.currentTimeMillis());
    table.snapshots().forEach(snapshot -> assertTrue(snapshot.timestampMillis() <= System.currentTimeMillis()));
  }
}
