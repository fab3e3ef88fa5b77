package io.cryptodm.tables.write;

import static io.cryptodm.tables.TestLake.NOON;
import static io.cryptodm.tables.TestLake.QUOTES;
import static io.cryptodm.tables.TestLake.batch;
import static io.cryptodm.tables.TestLake.minutes;
import static io.cryptodm.tables.TestLake.quote;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.tables.Compaction;
import io.cryptodm.tables.ForeignEngine;
import io.cryptodm.tables.WithLake;
import io.cryptodm.tables.rows.UpsertRule;
import java.util.OptionalLong;
import org.apache.iceberg.Table;
import org.junit.jupiter.api.Test;

class RowCountTest extends WithLake {
  private static final int MINUTES = 3_000;

  /** Half of a file's rows are superseded by deletes, then the rest with the whole file: the deletes stay behind. */
  private KeyedTable withStaleDeletes() {
    KeyedTable quotes = lake.keyed(QUOTES, UpsertRule.QUOTES, new KeyedTable.Tuning(10_000, 100, 90_000, 12));
    quotes.upsert(batch(1, minutes("BTC", MINUTES, 0, "1")));
    quotes.upsert(batch(1, minutes("BTC", MINUTES / 2, MINUTES, "2")));
    UpsertResult written = quotes.upsert(batch(1, minutes("BTC", MINUTES, 2 * MINUTES, "3")));
    assertEquals(MINUTES, written.tableRows());
    assertTrue(total("total-records") - total("total-position-deletes") < MINUTES, "no delete stayed behind");
    return quotes;
  }

  private long total(String name) {
    return Long.parseLong(lake.table(QUOTES).currentSnapshot().summary().get(name));
  }

  private OptionalLong exact() {
    Table table = lake.table(QUOTES);
    return RowCount.exact(table, table.currentSnapshot());
  }

  @Test
  void deletesOfReplacedFilesAreNotCounted() {
    withStaleDeletes();
    assertEquals(MINUTES, lake.quotes().rowCount());
    assertEquals(lake.prices().size(), lake.quotes().rowCount());
  }

  @Test
  void compactionsChangeNoNumber() {
    KeyedTable quotes = withStaleDeletes();
    Compaction.of(lake.table(QUOTES));
    assertEquals(MINUTES, quotes.rowCount());
    assertEquals(MINUTES + 1, quotes.upsert(batch(quote("LTC", NOON, "1", 3 * MINUTES))).tableRows());
  }

  @Test
  void commitsOfOthersAreCountedByTheTotals() {
    KeyedTable quotes = withStaleDeletes();
    ForeignEngine.append(lake.table(QUOTES), quote("LTC", NOON, "1", 0));
    assertEquals(OptionalLong.empty(), exact());
    quotes.upsert(batch(quote("LTC", NOON.plusSeconds(60), "1", 3 * MINUTES)));
    assertEquals(OptionalLong.empty(), exact());
    assertEquals(total("total-records") - total("total-position-deletes"), quotes.rowCount());
  }

  @Test
  void tablesWithoutDeletesAreExactAgain() {
    KeyedTable quotes = lake.quotes();
    quotes.upsert(batch(quote("BTC", NOON, "1", 0)));
    ForeignEngine.append(lake.table(QUOTES), quote("LTC", NOON, "1", 0));
    assertEquals(OptionalLong.of(2), exact());
    assertEquals(3, quotes.upsert(batch(quote("BTC", NOON.plusSeconds(60), "1", 1))).tableRows());
    assertEquals(OptionalLong.of(3), exact());
  }
}
