package io.cryptodm.tables.write;

import static io.cryptodm.tables.TestLake.NOON;
import static io.cryptodm.tables.TestLake.QUOTES;
import static io.cryptodm.tables.TestLake.batch;
import static io.cryptodm.tables.TestLake.key;
import static io.cryptodm.tables.TestLake.quote;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.tables.FailingTable;
import io.cryptodm.tables.WithLake;
import io.cryptodm.tables.rows.UpsertRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.apache.iceberg.Table;
import org.junit.jupiter.api.Test;

/** Commits that end in an exception which does not say whether they were made, as when Iceberg's threads end with the process. */
class FailedCommitTest extends WithLake {
  private KeyedTable writer(Table table) {
    return new KeyedTable(() -> table, UpsertRule.QUOTES, KeyedTable.Tuning.DEFAULT, Clock.systemUTC());
  }

  private long dataFiles() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".parquet")).count();
    }
  }

  @Test
  void whatWasCommittedKeepsItsFiles() {
    lake.quotes().upsert(batch(quote("BTC", NOON, "1", 0)));
    KeyedTable quotes = writer(FailingTable.afterCommits(lake.table(QUOTES)));
    assertThrows(RejectedExecutionException.class, () -> quotes.upsert(batch(quote("BTC", NOON, "2", 1), quote("ETH", NOON, "3", 2))));
    assertEquals(Map.of(key("BTC", NOON), "2", key("ETH", NOON), "3"), lake.prices());
    // The batch comes again after a restart.
    lake.quotes().upsert(batch(quote("BTC", NOON, "2", 1), quote("ETH", NOON, "3", 2)));
    assertEquals(Map.of(key("BTC", NOON), "2", key("ETH", NOON), "3"), lake.prices());
  }

  @Test
  void anUnknownOutcomeIsSaidBecauseItsRowsAreNotHeardOf() {
    KeyedTable quotes = writer(FailingTable.unknownOnce(lake.table(QUOTES)));
    List<String> heard = new ArrayList<>();
    quotes.upsert(batch(quote("BTC", NOON, "1", 0)), (row, isNew) -> heard.add(row.value(0) + " " + isNew));
    assertEquals(List.of(), heard);
    assertTrue(quotes.isUncertain());
    quotes.upsert(batch(quote("ETH", NOON, "3", 2)), (row, isNew) -> heard.add(row.value(0) + " " + isNew));
    assertEquals(List.of("ETH true"), heard);
    assertFalse(quotes.isUncertain());
    assertEquals(Map.of(key("BTC", NOON), "1", key("ETH", NOON), "3"), lake.prices());
  }

  @Test
  void whatWasNotCommittedLeavesNoFiles() throws IOException {
    lake.quotes().upsert(batch(quote("BTC", NOON, "1", 0)));
    long before = dataFiles();
    KeyedTable quotes = writer(FailingTable.beforeCommits(lake.table(QUOTES)));
    assertThrows(RejectedExecutionException.class, () -> quotes.upsert(batch(quote("BTC", NOON, "2", 1))));
    assertEquals(before, dataFiles());
    assertEquals(Map.of(key("BTC", NOON), "1"), lake.prices());
  }
}
