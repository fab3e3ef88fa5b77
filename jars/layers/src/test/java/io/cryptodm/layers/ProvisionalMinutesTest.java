package io.cryptodm.layers;

import static io.cryptodm.layers.LayersLake.BTC;
import static io.cryptodm.layers.LayersLake.DAY;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What follows from a bar that its source revises while the minute still runs. */
class ProvisionalMinutesTest {
  @TempDir Path folder;
  private LayersLake lake;
  private Reference expected;

  @BeforeEach
  void open() {
    lake = new LayersLake(folder);
    expected = new Reference();
  }

  @AfterEach
  void close() throws IOException {
    lake.close();
  }

  private void bar(long minute, String close, String volume, Boolean complete) {
    Bar bar = lake.bar(minute, close, volume, complete);
    lake.put(BTC, bar);
    expected.put(BTC, bar);
  }

  private void trade(String id, long minute) {
    Trade trade = lake.trade(id, "ann", BTC, EpochMinutes.toMicros(minute) + 30_000_000, true, "2");
    lake.put(trade);
    expected.put(trade);
  }

  private void take(LakeLayers layers) {
    LayersLake.takeAll(layers);
    expected.assertHeldBy(lake);
  }

  private String priceState(String id) {
    return lake.rows("crypto_silver.trade_valued", 1, List.of("transaction_id", "price_crypto", "price_state")).get(id);
  }

  private String complete(long minute) {
    return lake.rows("crypto_silver.quote_minute", 1, List.of("start_window", "complete")).get(String.valueOf(EpochMinutes.toMicros(minute)));
  }

  /** Of the candles of five and fifteen minutes that begin with a minute. */
  private String closed(long start) {
    var rows = lake.rows("crypto_gold.candle", 2, List.of("period", "start_window", "closed"));
    return rows.get("5m " + EpochMinutes.toMicros(start)) + " " + rows.get("15m " + EpochMinutes.toMicros(start));
  }

  @Test
  void aTradeOfARunningMinuteIsProvisionalUntilTheBarIsComplete() {
    LakeLayers layers = lake.layers();
    trade("t1", DAY + 1);
    bar(DAY, "90", "1", true);
    bar(DAY + 1, "100", "1", false);
    take(layers);
    assertEquals("100 provisional", priceState("t1"));
    assertEquals("true", complete(DAY));
    assertEquals("false", complete(DAY + 1));
    bar(DAY + 1, "103", "2", false);
    trade("t2", DAY + 1);
    take(layers);
    assertEquals("103 provisional", priceState("t1"));
    assertEquals("103 provisional", priceState("t2"));
    bar(DAY + 1, "101", "3", true);
    take(layers);
    assertEquals("101 exact", priceState("t1"));
    assertEquals("101 exact", priceState("t2"));
    assertEquals("true", complete(DAY + 1));
  }

  @Test
  void theLastRevisionMayChangeNothingButThatTheMinuteIsComplete() {
    LakeLayers layers = lake.layers();
    trade("t1", DAY);
    trade("t2", DAY + 1);
    bar(DAY, "100", "1", false);
    bar(DAY + 1, "100", "0", false);
    take(layers);
    assertEquals("100 provisional", priceState("t1"));
    assertEquals("100 provisional", priceState("t2"));
    bar(DAY, "100", "1", true);
    bar(DAY + 1, "100", "0", true);
    take(layers);
    assertEquals("100 exact", priceState("t1"));
    assertEquals("100 quoted", priceState("t2"));
  }

  @Test
  void aCandleClosesWhenItsLastMinuteIsComplete() {
    LakeLayers layers = lake.layers();
    for (int minute = 0; minute < 15; minute++) {
      bar(DAY + minute, "100", "1", minute < 14);
    }
    bar(DAY + 15, "101", "1", false);
    take(layers);
    assertEquals("true false", closed(DAY));
    bar(DAY + 14, "100", "1", true);
    take(layers);
    assertEquals("true true", closed(DAY));
  }

  @Test
  void aCorrectionThatIsNotCompleteOpensWhatWasClosed() {
    bar(DAY, "100", "1", true);
    bar(DAY + 1, "101", "1", true);
    bar(DAY + 700, "107", "1", true);
    trade("t1", DAY + 1);
    take(lake.layers());
    assertEquals("101 exact", priceState("t1"));
    assertEquals("true true", closed(DAY));
    // Trades of the minute turn out to be missing; then they come.
    for (LakeLayers layers : List.of(lake.layers(), lake.layers())) {
      bar(DAY + 1, "102", "2", false);
      take(layers);
      assertEquals("102 provisional", priceState("t1"));
      assertEquals("false false", closed(DAY));
      bar(DAY + 1, "103", "3", true);
      take(layers);
      assertEquals("103 exact", priceState("t1"));
      assertEquals("true true", closed(DAY));
    }
  }

  @Test
  void aSourceThatDoesNotSayItGivesAnExactPriceAsBefore() {
    LakeLayers layers = lake.layers();
    trade("t1", DAY);
    bar(DAY, "100", "1", false);
    take(layers);
    bar(DAY, "100", "1", null);
    take(layers);
    assertEquals("100 exact", priceState("t1"));
    assertEquals("null", complete(DAY));
  }
}
