package io.cryptodm.layers;

import static io.cryptodm.layers.LayersLake.BTC;
import static io.cryptodm.layers.LayersLake.DAY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.tables.Compaction;
import io.cryptodm.tables.rows.Row;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.expressions.Expressions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LakeLayersTest {
  private static final Coin LTC = new Coin("LTC", "USD");

  /** What sources say of their bars, most of them nothing. */
  private static final List<Boolean> COMPLETE = Arrays.asList(null, null, true, false);

  private static final LakeLayers.Tuning SMALL = new LakeLayers.Tuning(150, 150, 12, 20, 1_000_000, 1_000_000);

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

  private void bar(Coin coin, long minute, String close) {
    Bar bar = lake.bar(minute, close, "2");
    lake.put(coin, bar);
    expected.put(coin, bar);
  }

  /** A bar that is made from quotes. */
  private void quotes(Coin coin, long minute, String close) {
    Bar bar = lake.bar(minute, close, "0");
    lake.put(coin, bar);
    expected.put(coin, bar);
  }

  private void cover(long from, long to, String state) {
    lake.cover(BTC, from, to, state);
    expected.cover(BTC, from, to, state);
  }

  private void trade(String id, String user, long minute, boolean buy, String quantity) {
    Trade trade = lake.trade(id, user, BTC, EpochMinutes.toMicros(minute) + 30_000_000, buy, quantity);
    lake.put(trade);
    expected.put(trade);
  }

  private void assertLayers() {
    expected.assertHeldBy(lake);
  }

  private String state(long minute) {
    String row =
        lake.rows("crypto_silver.quote_minute", 3, Reference.MINUTE).get("BTC USD " + EpochMinutes.toMicros(minute));
    return row == null ? "none" : String.join(" ", List.of(row.split(" ")).subList(0, 2));
  }

  @Test
  void gridIsCompleteFromTheFirstBarToTheLast() {
    bar(BTC, DAY + 1, "100");
    bar(BTC, DAY + 4, "110");
    lake.layers().run();
    assertEquals("none", state(DAY));
    assertEquals("traded 100", state(DAY + 1));
    assertEquals("missing null", state(DAY + 2));
    assertEquals("traded 110", state(DAY + 4));
    assertEquals("none", state(DAY + 5));
    assertLayers();
  }

  @Test
  void coverageTurnsMissingIntoCarriedAndSourceDownDoesNot() {
    LakeLayers layers = lake.layers();
    bar(BTC, DAY + 1, "100");
    bar(BTC, DAY + 9, "110");
    layers.run();
    cover(DAY + 2, DAY + 5, "history");
    cover(DAY + 5, DAY + 7, "source-down");
    layers.run();
    assertEquals("carried 100", state(DAY + 4));
    assertEquals("missing null", state(DAY + 5));
    assertLayers();
    // The running interval grows past the last bar.
    cover(DAY + 9, DAY + 11, "observed");
    layers.run();
    cover(DAY + 9, DAY + 14, "observed");
    layers.run();
    assertEquals("carried 110", state(DAY + 13));
    assertEquals("none", state(DAY + 14));
    assertLayers();
  }

  @Test
  void aBarThatIsMadeFromQuotesIsNoTradedMinute() {
    LakeLayers layers = lake.layers();
    quotes(BTC, DAY, "99");
    bar(BTC, DAY + 1, "100");
    quotes(BTC, DAY + 2, "102");
    quotes(BTC, DAY + 3, "103");
    cover(DAY, DAY + 6, "observed");
    trade("t1", "ada", DAY, true, "1");
    trade("t2", "ada", DAY + 3, true, "1");
    trade("t3", "ada", DAY + 5, true, "1");
    LayersLake.takeAll(layers);
    assertEquals("quoted 99", state(DAY));
    assertEquals("traded 100", state(DAY + 1));
    assertEquals("quoted 103", state(DAY + 3));
    assertEquals("carried 103", state(DAY + 5));
    assertLayers();
  }

  @Test
  void aQuotedMinuteThatIsRevisedToATradedOneAndBack() {
    LakeLayers layers = lake.layers();
    bar(BTC, DAY, "90");
    quotes(BTC, DAY + 1, "99");
    quotes(BTC, DAY + 700, "101");
    cover(DAY, DAY + 1440, "observed");
    trade("t1", "ada", DAY + 1, true, "1");
    LayersLake.takeAll(layers);
    for (LakeLayers its : List.of(layers, lake.layers())) {
      bar(BTC, DAY + 1, "100");
      bar(BTC, DAY + 1439, "105");
      LayersLake.takeAll(its);
      assertEquals("traded 100", state(DAY + 1));
      assertLayers();
      quotes(BTC, DAY + 1, "98");
      quotes(BTC, DAY + 1439, "104");
      LayersLake.takeAll(its);
      assertEquals("quoted 98", state(DAY + 1));
      assertLayers();
    }
  }

  @Test
  void theFirstMinuteInMemoryIsRevisedFromTradedToQuoted() {
    LakeLayers layers = lake.layers();
    bar(BTC, DAY, "90");
    layers.run();
    bar(BTC, DAY, "91");
    bar(BTC, DAY + 1, "92");
    layers.run();
    quotes(BTC, DAY, "93");
    layers.run();
    assertLayers();
    LakeLayers restarted = lake.layers();
    bar(BTC, DAY + 2, "94");
    LayersLake.takeAll(restarted);
    quotes(BTC, DAY + 2, "95");
    restarted.run();
    quotes(BTC, DAY + 3, "96");
    restarted.run();
    assertLayers();
  }

  /** As an earlier version has written them: every minute with a bar was traded. */
  private void callQuotedMinutesTraded() {
    LayerTable<Minute> table = LayerTable.open(lake.catalog, new LayerNames(lake.spec).layer("quote_minute"), 1_000, (fields, row) -> Minute.of(fields, row, CoinNames.NONE));
    List<Minute> minutes = new ArrayList<>();
    table.scan(
        Expressions.alwaysTrue(),
        minute -> {
          Minute.State state = minute.hasBar() ? Minute.State.TRADED : minute.state();
          Minute.Last last = minute.last();
          minutes.add(
              new Minute(
                  minute.coin(), minute.start(), state, minute.bar(), new Minute.Last(last.minute(), last.price(), last.source(), last.minute())));
        });
    table.write(minutes);
    lake.table("crypto_silver.quote_minute").updateProperties().remove(QuotedMinutes.CALCULATED).commit();
  }

  @Test
  void minutesThatAnEarlierVersionCalledTradedAreCalculatedAgain() {
    for (int day = 0; day < 3; day++) {
      bar(BTC, DAY + 1440 * day, "100");
      quotes(BTC, DAY + 1440 * day + 5, "101");
      quotes(LTC, DAY + 1440 * day + 1435, "10");
      trade("t" + day, "ada", DAY + 1440 * day + 5, true, "1");
    }
    cover(DAY, DAY + 1440, "observed");
    LayersLake.takeAll(lake.layers());
    callQuotedMinutesTraded();
    assertEquals("traded 101", state(DAY + 5));
    bar(BTC, DAY + 1440 * 3, "103");
    lake.layers().run();
    assertEquals("quoted 101", state(DAY + 5));
    // Another process goes on where the first was killed.
    LayersLake.takeAll(lake.layers());
    assertLayers();
    assertTrue(lake.table("crypto_silver.quote_minute").properties().containsKey(QuotedMinutes.CALCULATED));
  }

  @Test
  void aRefusedMinuteIsMissingWhateverElseIsKnownOfIt() {
    LakeLayers layers = lake.layers();
    bar(BTC, DAY, "100");
    cover(DAY, DAY + 5, "observed");
    trade("t1", "ada", DAY + 2, true, "1");
    layers.run();
    assertEquals("carried 100", state(DAY + 2));
    cover(DAY + 2, DAY + 3, "refused");
    // Beyond the end of the grid, which comes later.
    cover(DAY + 7, DAY + 8, "refused");
    layers.run();
    assertEquals("missing null", state(DAY + 2));
    assertEquals("none", state(DAY + 7));
    assertLayers();
    cover(DAY + 5, DAY + 10, "observed");
    lake.layers().run();
    assertEquals("missing null", state(DAY + 7));
    assertEquals("carried 100", state(DAY + 8));
    cover(DAY, DAY + 11, "history");
    layers.run();
    assertEquals("missing null", state(DAY + 2));
    bar(BTC, DAY + 2, "102");
    layers.run();
    assertEquals("traded 102", state(DAY + 2));
    assertEquals("carried 102", state(DAY + 3));
    assertLayers();
  }

  @Test
  void revisionUpAndDownReachesWhatIsCarried() {
    LakeLayers layers = lake.layers();
    cover(DAY, DAY + 1440, "observed");
    bar(BTC, DAY + 3, "100");
    layers.run();
    assertEquals("carried 100", state(DAY + 1439));
    bar(BTC, DAY + 3, "150");
    layers.run();
    assertEquals("carried 150", state(DAY + 1439));
    bar(BTC, DAY + 3, "50");
    lake.layers().run();
    assertEquals("carried 50", state(DAY + 1439));
    bar(BTC, DAY + 1440 + 5, "60");
    layers.run();
    bar(BTC, DAY + 700, "70");
    layers.run();
    assertEquals("carried 70", state(DAY + 1439));
    assertEquals("carried 50", state(DAY + 699));
    assertLayers();
  }

  @Test
  void tradesWaitForTheirBarAndFollowItsRevisions() {
    LakeLayers layers = lake.layers();
    trade("t1", "ann", DAY + 3, true, "2");
    layers.run();
    assertLayers();
    assertTrue(lake.rows("crypto_silver.trade_valued", 1, Reference.TRADE).get("t1").endsWith("null null pending"));
    bar(BTC, DAY + 1, "90");
    bar(BTC, DAY + 3, "100");
    layers.run();
    assertTrue(lake.rows("crypto_silver.trade_valued", 1, Reference.TRADE).get("t1").endsWith("100 200 exact"));
    bar(BTC, DAY + 3, "80");
    trade("t2", "ann", DAY + 3, false, "5");
    trade("t3", "bob", DAY + 2, true, "1");
    layers.run();
    assertLayers();
    cover(DAY, DAY + 10, "history");
    layers.run();
    assertTrue(lake.rows("crypto_silver.trade_valued", 1, Reference.TRADE).get("t3").endsWith("90 90 carried"));
    assertLayers();
  }

  @Test
  void shortPositionsHaveAnAverageCostToo() {
    bar(BTC, DAY + 1, "100");
    bar(BTC, DAY + 2, "120");
    bar(BTC, DAY + 3, "90");
    trade("a", "ann", DAY + 1, false, "2");
    trade("b", "ann", DAY + 2, false, "1");
    trade("c", "ann", DAY + 3, true, "4");
    lake.layers().run();
    // Sold 3 for 320, bought 3 back for 270, and 1 more for 90.
    assertEquals(
        "1 90 90 50 90 0 3 0", String.join(" ", List.of(lake.rows("crypto_gold.position", 3, Reference.POSITION).get("ann BTC USD").split(" ")).subList(0, 8)));
    assertLayers();
  }

  @Test
  void recordingsFarApartAreNoOutage() {
    recordTwice(lake.layers());
  }

  /** Takes half a minute: the joined grid has three months of minutes. */
  @Tag("long")
  @Test
  void barInBetweenJoinsRecordings() {
    LakeLayers layers = lake.layers();
    recordTwice(layers);
    bar(BTC, DAY + 30 * 1440, "150");
    layers.run();
    assertEquals("missing null", state(DAY + 45 * 1440));
    assertLayers();
    bar(BTC, DAY - 10 * 1440, "99");
    lake.layers().run();
    assertLayers();
  }

  private void recordTwice(LakeLayers layers) {
    bar(BTC, DAY, "100");
    bar(BTC, DAY + 3, "101");
    layers.run();
    bar(BTC, DAY + 60 * 1440, "200");
    bar(BTC, DAY + 60 * 1440 + 2, "201");
    layers.run();
    assertEquals("none", state(DAY + 4));
    assertLayers();
  }

  @Test
  void coinWithoutAnyBarIsWaitedFor() {
    Coin other = new Coin("XYZ", "USD");
    LakeLayers layers = lake.layers();
    bar(BTC, DAY, "100");
    layers.run();
    Trade trade = lake.trade("x", "dan", other, EpochMinutes.toMicros(DAY), true, "1");
    lake.put(trade);
    expected.put(trade);
    layers.run();
    assertLayers();
    bar(other, DAY, "5");
    layers.run();
    assertLayers();
    bar(other, DAY - 100 * 1440, "4");
    lake.layers().run();
    assertLayers();
  }

  @Test
  void aRunToTheCandlesLeavesTheRestToTheNextWholeOne() {
    LakeLayers layers = lake.layers();
    bar(BTC, DAY, "100");
    trade("t1", "ann", DAY + 1, true, "2");
    layers.run();
    var trades = lake.rows("crypto_silver.trade_valued", 1, Reference.TRADE);
    var positions = lake.rows("crypto_gold.position", 3, Reference.POSITION);
    bar(BTC, DAY + 1, "101");
    trade("t2", "ann", DAY + 1, true, "3");
    assertEquals(1, layers.runToCandles().inputRows());
    bar(BTC, DAY, "102");
    layers.runToCandles();
    assertEquals(expected.candles(), lake.rows("crypto_gold.candle", 4, Reference.CANDLE));
    assertEquals(trades, lake.rows("crypto_silver.trade_valued", 1, Reference.TRADE));
    assertEquals(positions, lake.rows("crypto_gold.position", 3, Reference.POSITION));
    layers.run();
    assertLayers();
  }

  @Test
  void manyTradesOfAMinuteFollowItsBarsLessOftenAndNewOnesAtOnce() {
    LakeLayers layers = lake.layers(new LakeLayers.Tuning(150, 150, 12, 20, 1, 1_000_000), layer -> {});
    bar(BTC, DAY, "100");
    for (int id = 1; id <= 40; id++) {
      trade("t" + id, "ann", DAY, true, "2");
    }
    layers.run();
    assertLayers();
    bar(BTC, DAY, "101");
    trade("late", "bob", DAY, true, "3");
    layers.run();
    assertEquals(expected.candles(), lake.rows("crypto_gold.candle", 4, Reference.CANDLE));
    var trades = lake.rows("crypto_silver.trade_valued", 1, Reference.TRADE);
    assertTrue(trades.get("late").endsWith("101 303 exact"), trades.get("late"));
    assertTrue(trades.get("t1").endsWith("100 200 exact"), trades.get("t1"));
    assertEquals(1, layers.backlog());
    // Once nothing new comes, they do not wait any longer.
    layers.run();
    assertLayers();
    bar(BTC, DAY, "102");
    layers.run();
    assertEquals(1, layers.backlog());
    // A stop leaves nothing behind, and a process that ends without one is made up for by the next.
    layers.settle();
    assertLayers();
    assertEquals(0, layers.backlog());
    bar(BTC, DAY, "103");
    layers.run();
    LakeLayers next = lake.layers();
    next.run();
    assertLayers();
  }

  @Test
  void whatARunToTheCandlesHasLeftIsNotLostWithTheProcessNorByAStopNorByAFailure() {
    boolean[] fails = {false};
    for (String end : List.of("killed", "stopped", "failed")) {
      LakeLayers layers =
          lake.layers(
              LakeLayers.Tuning.DEFAULT,
              done -> {
                if (fails[0] && done.equals("trade_valued")) {
                  throw new IllegalStateException("failed after " + done);
                }
              });
      bar(BTC, DAY, "100");
      trade(end, "ann", DAY, true, "2");
      layers.run();
      layers.settle();
      bar(BTC, DAY, "101");
      layers.runToCandles();
      switch (end) {
        case "killed" -> lake.layers().run();
        case "stopped" -> layers.settle();
        default -> {
          fails[0] = true;
          assertThrows(IllegalStateException.class, layers::run);
          fails[0] = false;
          layers.run();
        }
      }
      assertLayers();
    }
  }

  @Test
  void equalRunsWriteNothing() {
    LakeLayers layers = lake.layers();
    bar(BTC, DAY, "100");
    trade("a", "ann", DAY, true, "1");
    assertTrue(layers.run().rows() > 0);
    assertEquals(0, layers.run().rows());
    assertEquals(0, lake.layers().run().rows());
    layers.settle();
    LakeLayers next = lake.layers();
    LakeLayers.Outcome outcome = next.run();
    assertEquals(0, outcome.inputRows());
    assertEquals(0, outcome.rows());
  }

  @Test
  void readingPositionSurvivesExpiryAndCompaction() {
    LakeLayers layers = lake.layers();
    for (int i = 0; i < 30; i++) {
      bar(BTC, DAY + i, String.valueOf(100 + i));
      layers.run();
    }
    layers.settle();
    bar(BTC, DAY + 30, "130");
    bar(BTC, DAY + 7, "1");
    Compaction.of(lake.table(LayersLake.QUOTES));
    lake.table(LayersLake.QUOTES).expireSnapshots().expireOlderThan(System.currentTimeMillis() + 1).retainLast(1).commit();
    LakeLayers.Outcome outcome = lake.layers().run();
    assertLayers();
    assertTrue(outcome.inputRows() >= 2);
    // Without the tag everything is read again, and nothing is written twice.
    lake.table(LayersLake.QUOTES).manageSnapshots().removeTag(BronzeReader.TAG).commit();
    assertEquals(0, lake.layers().run().rows());
    assertLayers();
  }

  @Test
  void compactionAloneAddsNothing() {
    LakeLayers layers = lake.layers();
    bar(BTC, DAY, "100");
    bar(BTC, DAY + 1440, "100");
    layers.run();
    Compaction.of(lake.table(LayersLake.QUOTES));
    assertEquals(0, layers.run().inputRows());
    bar(BTC, DAY + 1, "100");
    Compaction.of(lake.table(LayersLake.QUOTES));
    assertTrue(layers.run().inputRows() > 0);
    assertLayers();
  }

  @Test
  void crashAfterAnyLayerIsRepaired() {
    for (String layer : List.of("quote_minute", "candle", "trade_valued", "trade_volume", "position")) {
      LakeLayers crashing =
          lake.layers(
              SMALL,
              done -> {
                if (done.equals(layer)) {
                  throw new IllegalStateException("killed after " + layer);
                }
              });
      bar(BTC, DAY + 1, "100");
      trade("a" + layer, "ann", DAY + 2, true, "1");
      trade("b" + layer, "bob", DAY + 4, false, "1");
      LayersLake.takeAll(lake.layers(SMALL, done -> {}));
      assertLayers();
      bar(BTC, DAY + 8, "120");
      bar(BTC, DAY + 3, "121");
      cover(DAY + 4, DAY + 6, "history");
      assertThrows(IllegalStateException.class, crashing::run);
      LayersLake.takeAll(lake.layers(SMALL, done -> {}));
      assertLayers();
    }
  }

  /** Random input in random pieces, with crashes, restarts, compactions and expiries in between, gives what one calculation of everything gives. */
  @Test
  void randomRunsEqualTheRecalculation() {
    runAtRandom(1, 20);
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void moreRandomRunsEqualTheRecalculation(long seed) {
    runAtRandom(seed, 40);
  }

  private void runAtRandom(long seed, int steps) {
    Random random = new Random(seed);
    boolean[] crash = {false};
    LakeLayers layers = null;
    TreeMap<Long, Long> running = new TreeMap<>();
    long now = DAY + 1300;
    int ids = 0;
    for (int step = 0; step < steps; step++) {
      if (layers == null) {
        layers =
            lake.layers(
                new LakeLayers.Tuning(5 + random.nextInt(200), 5 + random.nextInt(50), 5 + random.nextInt(40), 5 + random.nextInt(60), random.nextBoolean() ? 1 : 1_000_000, 1_000_000),
                done -> {
                  if (crash[0] && random.nextInt(4) == 0) {
                    throw new IllegalStateException("killed after " + done);
                  }
                });
      }
      now += random.nextInt(20) == 0 ? random.nextInt(2_000) : random.nextInt(6);
      List<Coin> coins = List.of(BTC, LTC);
      List<Row> bars = new ArrayList<>();
      List<Trade> trades = new ArrayList<>();
      for (int i = random.nextInt(6); i > 0; i--) {
        Coin coin = coins.get(random.nextInt(2));
        long minute = random.nextInt(3) == 0 ? now - random.nextInt(900) : now - random.nextInt(3);
        Bar bar =
            lake.bar(
                minute, (50 + random.nextInt(100)) + "." + random.nextInt(1_000),
                random.nextInt(3) == 0 ? "0" : random.nextInt(5) + "." + random.nextInt(99), COMPLETE.get(random.nextInt(COMPLETE.size())));
        bars.add(LayersLake.row(coin, bar));
        expected.put(coin, bar);
      }
      lake.put(bars);
      if (random.nextInt(3) == 0) {
        long day = EpochMinutes.floor(now, 1440);
        long from = running.computeIfAbsent(day, its -> its + random.nextInt(1_400));
        if (now > from) {
          cover(from, now, "observed");
        }
        if (random.nextInt(3) == 0) {
          long begin = now - random.nextInt(600);
          long end = Math.min(begin + 1 + random.nextInt(100), EpochMinutes.floor(begin, 1440) + 1440);
          cover(begin, end, List.of("history", "history", "source-down", "refused").get(random.nextInt(4)));
        }
      }
      for (int i = random.nextInt(4); i > 0; i--) {
        long minute = random.nextInt(5) == 0 ? now - random.nextInt(700) : now + random.nextInt(3);
        Coin coin = random.nextInt(10) == 0 ? new Coin("XYZ", "USD") : coins.get(random.nextInt(2));
        Trade trade =
            lake.trade(
                "id" + String.format("%06d", ids++), "user" + random.nextInt(3), coin,
                EpochMinutes.toMicros(minute) + random.nextInt(60_000_000), random.nextBoolean(), (1 + random.nextInt(9)) + ".5");
        trades.add(trade);
        expected.put(trade);
      }
      lake.put(trades.toArray(Trade[]::new));
      switch (random.nextInt(12)) {
        case 0 -> layers = null;
        case 1 -> {
          layers.settle();
          layers = null;
        }
        case 2 -> compact();
        case 3 -> expire();
        case 4 -> layers.settle();
        default -> {
          crash[0] = random.nextInt(4) == 0;
          try {
            if (random.nextBoolean()) {
              layers.run();
            } else {
              layers.runToCandles();
            }
          } catch (IllegalStateException | NotFoundException e) {
            layers = random.nextBoolean() ? null : layers;
          }
          crash[0] = false;
        }
      }
      if (step % 20 == 19) {
        layers = layers == null ? lake.layers(SMALL, done -> {}) : layers;
        takeAllAfterExpiry(layers);
        assertLayers();
      }
    }
  }

  /** Files that were merged may be gone when they are read: that run fails, and the next one reads what they were merged into. */
  private static void takeAllAfterExpiry(LakeLayers layers) {
    for (int failures = 0; ; failures++) {
      try {
        LayersLake.takeAll(layers);
        layers.settle();
        return;
      } catch (NotFoundException e) {
        assertTrue(failures < 3, "it fails again and again: " + e.getMessage());
      }
    }
  }

  /** In pieces, so that tags keep both ends, but not the files between them. */
  @Test
  void filesThatAreGoneWhileTheyAreTakenInPiecesAreFoundWhereTheirRowsAreNow() {
    bar(BTC, DAY, "100");
    bar(BTC, DAY + 59, "101");
    trade("t", "user", DAY, true, "1");
    LakeLayers layers = lake.layers(SMALL, done -> {});
    LayersLake.takeAll(layers);
    layers.settle();
    for (int part = 0; part < 4; part++) {
      List<Trade> trades = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        trades.add(lake.trade("t" + part + "-" + i, "user" + i % 7, BTC, EpochMinutes.toMicros(DAY + i % 60), true, "1"));
      }
      lake.put(trades.toArray(Trade[]::new));
      trades.forEach(expected::put);
      compact();
    }
    assertTrue(layers.run().more());
    expire();
    takeAllAfterExpiry(layers);
    assertLayers();
  }

  private void compact() {
    for (String name : List.of(LayersLake.QUOTES, LayersLake.TRADES, LayersLake.COVERAGE, "crypto_silver.quote_minute", "crypto_gold.candle")) {
      if (lake.table(name).currentSnapshot() != null) {
        Compaction.of(lake.table(name));
      }
    }
  }

  private void expire() {
    for (String name : List.of(LayersLake.QUOTES, LayersLake.TRADES, LayersLake.COVERAGE)) {
      lake.table(name).expireSnapshots().expireOlderThan(System.currentTimeMillis() + 1).retainLast(1).commit();
    }
  }

  @Test
  void bulkIsReadInSlices() {
    List<Bar> bars = new ArrayList<>();
    for (int i = 0; i < 3 * 1440; i += 1 + i % 3) {
      Bar bar = lake.bar(DAY + 100 + i, String.valueOf(100 + i % 50), "1." + i);
      bars.add(bar);
      expected.put(BTC, bar);
    }
    lake.put(BTC, bars.toArray(Bar[]::new));
    cover(DAY + 200, DAY + 1440, "observed");
    cover(DAY + 1440, DAY + 2 * 1440, "observed");
    List<Trade> trades = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      long at = EpochMinutes.toMicros(DAY + 100 + i * 40);
      trades.add(lake.trade("t" + (100 + i), "user" + i % 3, BTC, at, i % 4 != 0, "1." + i));
    }
    lake.put(trades.toArray(Trade[]::new));
    trades.forEach(expected::put);
    LayersLake.takeAll(lake.layers(new LakeLayers.Tuning(500, 50, 20, 60, 1_000_000, 1_000_000), layer -> {}));
    assertLayers();
  }

  /** Bars and trades of one hour, far more than a run takes; the process is killed between and within the runs. */
  @Test
  void burstInOneHourIsTakenInPiecesAndGoesOnWhereItWas() {
    int rows = 800;
    List<Row> bars = new ArrayList<>();
    for (int minute = 0; minute < 60; minute++) {
      for (Coin coin : List.of(BTC, LTC)) {
        Bar bar = lake.bar(DAY + minute, String.valueOf(100 + minute), "2");
        bars.add(LayersLake.row(coin, bar));
        expected.put(coin, bar);
      }
    }
    lake.put(bars);
    cover(DAY, DAY + 60, "observed");
    List<Trade> trades = new ArrayList<>();
    Random random = new Random(7);
    for (int i = 0; i < rows; i++) {
      long at = EpochMinutes.toMicros(DAY) + random.nextInt(60) * 60_000_000L + random.nextInt(60_000_000);
      trades.add(
          lake.trade("t" + (1_000 + i), "user" + random.nextInt(20), random.nextBoolean() ? BTC : LTC, at, random.nextBoolean(), "1." + i));
    }
    lake.put(trades.subList(0, 500).toArray(Trade[]::new));
    lake.put(trades.subList(500, rows).toArray(Trade[]::new));
    trades.forEach(expected::put);
    LakeLayers.Tuning tuning = new LakeLayers.Tuning(50, 50, 100, 200, 1_000_000, 1_000_000);
    long taken = 0;
    int processes = 0;
    boolean more = true;
    while (more) {
      processes++;
      boolean[] killed = {false};
      LakeLayers layers =
          lake.layers(
              tuning,
              done -> {
                if (killed[0]) {
                  throw new IllegalStateException("killed after " + done);
                }
              });
      for (int run = 0; run < 4 && more; run++) {
        LakeLayers.Outcome outcome = layers.run();
        // 50 trades and the bars and coverage of some minutes.
        assertTrue(outcome.inputRows() <= 50 + 60, "a run took " + outcome.inputRows() + " rows");
        taken += outcome.inputRows();
        more = outcome.more();
      }
      if (more) {
        killed[0] = true;
        assertThrows(IllegalStateException.class, layers::run);
      }
    }
    assertTrue(processes > 3, processes + " processes");
    // Each run that ended counts once, however often a process was killed after it.
    assertTrue(taken <= rows + 120 + 60, taken + " rows were taken");
    assertLayers();
    assertEquals(0, LayersLake.takeAll(lake.layers(tuning, done -> {})));
  }

  /** Late trades are more than the memory holds, so that positions are calculated from the table. */
  @Tag("long")
  @Test
  void lateTradesBeyondTheMemoryAreReadFromTheTable() {
    LakeLayers layers = lake.layers(new LakeLayers.Tuning(400, 400, 10, 30, 1_000_000, 1_000_000), done -> {});
    Random random = new Random(3);
    bar(BTC, DAY - 1, "90");
    for (int round = 0; round < 4; round++) {
      List<Trade> trades = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        long at = EpochMinutes.toMicros(DAY + round) + random.nextInt(60_000_000);
        trades.add(lake.trade("t" + round + (1_000 + i), "user" + random.nextInt(5), BTC, at, random.nextBoolean(), "2." + i));
      }
      lake.put(trades.toArray(Trade[]::new));
      trades.forEach(expected::put);
      LayersLake.takeAll(layers);
      bar(BTC, DAY + round, String.valueOf(100 + round));
      LayersLake.takeAll(layers);
      // A revision of the minute before, whose trades are early or late.
      bar(BTC, DAY + round - 1, String.valueOf(200 + round));
      LayersLake.takeAll(layers);
      assertLayers();
    }
    bar(BTC, DAY, "7");
    LayersLake.takeAll(layers);
    assertLayers();
  }
}
