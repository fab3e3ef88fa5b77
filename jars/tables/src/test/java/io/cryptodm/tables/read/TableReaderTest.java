package io.cryptodm.tables.read;

import static io.cryptodm.tables.TestLake.NOON;
import static io.cryptodm.tables.TestLake.QUOTES;
import static io.cryptodm.tables.TestLake.batch;
import static io.cryptodm.tables.TestLake.minutes;
import static io.cryptodm.tables.TestLake.quote;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cryptodm.tables.Compaction;
import io.cryptodm.tables.WithLake;
import io.cryptodm.tables.catalog.LakeCatalog;
import io.cryptodm.tables.rows.UpsertRule;
import io.cryptodm.tables.storage.ForwardedOperations;
import io.cryptodm.tables.write.KeyedTable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.expressions.Expressions;
import org.junit.jupiter.api.Test;

class TableReaderTest extends WithLake {
  private final KeyedTable.Tuning small = new KeyedTable.Tuning(10_000, 20, 90_000, 12);

  private TableReader reader() {
    return TableReader.open(lake.catalog, LakeCatalog.identifier(QUOTES));
  }

  private static long rows(TableReader reader, TableReader.Increment added) {
    long[] rows = {0};
    added.files().forEach(file -> reader.read(added, file, Expressions.alwaysTrue(), row -> rows[0]++));
    return rows[0];
  }

  /** Otherwise a merge of an hour's files would make all of that hour new again. */
  @Test
  void newFilesThatWereMergedWithOldOnesAreReadThemselves() {
    KeyedTable quotes = lake.keyed(QUOTES, UpsertRule.QUOTES, small);
    quotes.upsert(batch(1, minutes("BTC", 700, 0, "1")));
    TableReader reader = reader();
    Long known = reader.snapshot().orElseThrow();
    quotes.upsert(batch(quote("LTC", NOON, "2", 700)));
    Compaction.of(lake.table(QUOTES));
    quotes.upsert(batch(quote("LTC", NOON.plusSeconds(60), "3", 701)));
    Compaction.of(lake.table(QUOTES));
    reader.refresh();
    TableReader.Increment added = reader.since(known);
    assertEquals(2, rows(reader, added), () -> added.files().stream().map(DataFile::recordCount).toList().toString());
  }

  @Test
  void theMergedFileIsReadWhereTheNewOnesMayBeGone() {
    KeyedTable quotes = lake.keyed(QUOTES, UpsertRule.QUOTES, small);
    quotes.upsert(batch(1, minutes("BTC", 700, 0, "1")));
    TableReader reader = reader();
    Long known = reader.snapshot().orElseThrow();
    reader.mark(Map.of("taken", Optional.of(known)), Map.of());
    quotes.upsert(batch(quote("LTC", NOON, "2", 700)));
    Compaction.of(lake.table(QUOTES));
    lake.table(QUOTES).expireSnapshots().expireOlderThan(System.currentTimeMillis() + 1).retainLast(1).commit();
    reader.refresh();
    TableReader.Increment added = reader.since(known);
    assertEquals(701, rows(reader, added));
  }

  /** The layers save their position while a writer commits several times a second. */
  @Test
  void aMarkThatLosesARaceIsMadeAgain() {
    KeyedTable quotes = lake.keyed(QUOTES, UpsertRule.QUOTES, small);
    quotes.upsert(batch(quote("LTC", NOON, "2", 1)));
    AtomicInteger races = new AtomicInteger(3);
    TableOperations others =
        new ForwardedOperations(((BaseTable) lake.table(QUOTES)).operations()) {
          @Override
          public void commit(TableMetadata base, TableMetadata metadata) {
            if (races.getAndDecrement() > 0) {
              lake.table(QUOTES).updateProperties().set("other", races.toString()).commit();
            }
            super.commit(base, metadata);
          }
        };
    TableReader reader = new TableReader(new BaseTable(others, QUOTES));
    Long known = reader.snapshot().orElseThrow();
    reader.mark(Map.of("taken", Optional.of(known)), Map.of("position", Optional.of("7")));
    assertEquals(known, lake.table(QUOTES).refs().get("taken").snapshotId());
    assertEquals("7", lake.table(QUOTES).properties().get("position"));
  }
}
