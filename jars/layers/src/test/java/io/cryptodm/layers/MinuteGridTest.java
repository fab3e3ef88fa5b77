package io.cryptodm.layers;

import static io.cryptodm.layers.LayersLake.BTC;
import static io.cryptodm.layers.LayersLake.DAY;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cryptodm.tables.catalog.LakeCatalog;
import io.cryptodm.tables.read.TableReader;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MinuteGridTest {
  @TempDir Path folder;
  private LayersLake lake;

  @BeforeEach
  void open() {
    lake = new LayersLake(folder);
  }

  @AfterEach
  void close() throws IOException {
    lake.close();
  }

  /** As in a new process. */
  private MinuteGrid grid() {
    LayerTable<Minute> table = LayerTable.open(lake.catalog, new LayerNames(lake.spec).layer("quote_minute"), 1_000, (fields, row) -> Minute.of(fields, row, CoinNames.NONE));
    FirstBars firstBars = new FirstBars(TableReader.open(lake.catalog, LakeCatalog.identifier(LayersLake.QUOTES)), CoinNames.NONE);
    KnownMinutes coverage =
        new KnownMinutes(TableReader.open(lake.catalog, LakeCatalog.identifier(LayersLake.COVERAGE)), CoinNames.NONE, firstBars, 100);
    return new MinuteGrid(table, coverage, new GridEnds(table), minute -> {});
  }

  private static GridInput inputOf(Bar... bars) {
    GridInput input = new GridInput(Long.MAX_VALUE);
    for (Bar bar : bars) {
      input.add(BTC, bar);
    }
    return input;
  }

  private String closeOf(long minute) {
    return lake.rows("crypto_silver.quote_minute", 3, Reference.MINUTE).get("BTC USD " + EpochMinutes.toMicros(minute)).split(" ")[1];
  }

  @Test
  void minuteKeepsItsLastRevisionWhenAnEarlierOneIsReadAgain() {
    Bar first = lake.bar(DAY + 1, "90", "2");
    Bar last = lake.bar(DAY + 1, "100", "2");
    Bar next = lake.bar(DAY + 3, "110", "2");
    MinuteGrid grid = grid();
    grid.apply(inputOf(first, last, next), false);
    assertEquals("100", closeOf(DAY + 1));
    grid.apply(inputOf(first), false);
    assertEquals("100", closeOf(DAY + 1));
    grid().apply(inputOf(first), true);
    assertEquals("100", closeOf(DAY + 1));
    grid().apply(inputOf(lake.bar(DAY + 1, "80", "2")), true);
    assertEquals("80", closeOf(DAY + 1));
  }

  @Test
  void lateBarHidesNoRevisionThatCameWithItAtTheEndOfTheGrid() {
    MinuteGrid grid = grid();
    grid.apply(inputOf(lake.bar(DAY + 1, "90", "2"), lake.bar(DAY + 2, "91", "2")), false);
    MinuteGrid later = grid();
    later.apply(inputOf(lake.bar(DAY + 3, "92", "2"), lake.bar(DAY + 4, "93", "2"), lake.bar(DAY + 5, "94", "2")), false);
    later.apply(inputOf(lake.bar(DAY + 1, "80", "2"), lake.bar(DAY + 4, "83", "2"), lake.bar(DAY + 6, "95", "2")), false);
    assertEquals("80", closeOf(DAY + 1));
    assertEquals("83", closeOf(DAY + 4));
    assertEquals("94", closeOf(DAY + 5));
    assertEquals("95", closeOf(DAY + 6));
  }
}
