package io.cryptodm.layers;

import static io.cryptodm.layers.LayersLake.BTC;
import static io.cryptodm.layers.LayersLake.DAY;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cryptodm.contracts.MinuteRanges;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TradeStoreTest {
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

  /** Ten trades in each of ten minutes. */
  private TradeStore store(int most) {
    TradeStore store = new TradeStore(LayerTable.open(lake.catalog, new LayerNames(lake.spec).layer("trade_valued"), 1_000, Trade::of), most);
    store.open(EpochMinutes.toMicros(DAY));
    List<Trade> trades = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      trades.add(lake.trade("t" + i, "ada", BTC, EpochMinutes.toMicros(DAY + i / 10) + i, true, "1"));
    }
    store.put(trades, (trade, isNew) -> {});
    return store;
  }

  private static long minuteOf(long begin) {
    return EpochMinutes.ofMicros(begin) - DAY;
  }

  @Test
  void noMinuteWhoseBarsMayStillComeBecomesEarly() {
    TradeStore store = store(1_000);
    assertEquals(7, minuteOf(store.beginOfLast(25, DAY + 8)));
    assertEquals(5, minuteOf(store.beginOfLast(55, DAY + 8)));
    // The layers are behind with bars: those of minute 3 may still be revised.
    assertEquals(3, minuteOf(store.beginOfLast(25, DAY + 3)));
    assertEquals(0, minuteOf(store.beginOfLast(25, 0)));
  }

  @Test
  void tradesOfMinutesAreCountedOnceForAllCoins() {
    TradeStore store = store(1_000);
    MinuteRanges two = new MinuteRanges(new MinuteRanges.Range(DAY + 3, DAY + 5));
    MinuteRanges apart = new MinuteRanges(new MinuteRanges.Range(DAY + 4, DAY + 5));
    apart.add(DAY + 9, DAY + 100);
    assertEquals(0, store.countLate(Map.of()));
    assertEquals(20, store.countLate(Map.of(BTC, two)));
    assertEquals(30, store.countLate(Map.of(BTC, two, new Coin("LTC", "USD"), apart)));
  }

  @Test
  void lateTradesThatFillTheMemoryBecomeEarlyAllTheSame() {
    assertEquals(7, minuteOf(store(50).beginOfLast(25, DAY + 3)));
  }
}
