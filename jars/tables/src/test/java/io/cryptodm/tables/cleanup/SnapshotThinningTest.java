package io.cryptodm.tables.cleanup;

import static io.cryptodm.tables.TestLake.NOON;
import static io.cryptodm.tables.TestLake.QUOTES;
import static io.cryptodm.tables.TestLake.batch;
import static io.cryptodm.tables.TestLake.quote;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.tables.TestLake;
import io.cryptodm.tables.write.KeyedTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.iceberg.Table;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotThinningTest {
  @TempDir Path folder;

  @Test
  void snapshotsAreThinnedOutByAge() throws IOException {
    try (TestLake lake = TestLake.in(folder)) {
      KeyedTable quotes = lake.quotes();
      for (int i = 0; i < 12; i++) {
        quotes.upsert(batch(quote("BTC", NOON, String.valueOf(i + 1), i)));
      }
      Table table = lake.table(QUOTES);
      long newest = table.currentSnapshot().timestampMillis();
      assertEquals(List.of(), SnapshotThinning.expendable(table, newest + 60_000));
      // All of them lie in one slot, or in two at its border. The newest of each slot and the current snapshot stay.
      int later = SnapshotThinning.expendable(table, newest + 3_600_000).size();
      assertTrue(later == 11 || later == 10, later + " expendable");
      assertEquals(11, SnapshotThinning.expendable(table, newest + 30L * 86_400_000).size());
    }
  }
}
