package io.cryptodm.layers;

import static io.cryptodm.layers.LayersLake.DAY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.SpecException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A coin that was renamed has one history in silver and gold, under its newest name. */
class RenamedCoinTest {
  private static final String RENAMED = "{\"MATIC\": \"POL\"}";
  private static final Coin MATIC = new Coin("MATIC", "USD");
  private static final Coin POL = new Coin("POL", "USD");
  private static final Coin ETH = new Coin("ETH", "USD");
  private static final List<String> TABLES =
      List.of("crypto_silver.quote_minute", "crypto_silver.trade_valued", "crypto_gold.candle", "crypto_gold.trade_volume", "crypto_gold.position");

  @TempDir Path folder;
  @TempDir Path otherFolder;
  private LayersLake lake;
  private LayersLake other;

  @BeforeEach
  void open() {
    lake = new LayersLake(folder);
    other = new LayersLake(otherFolder);
  }

  @AfterEach
  void close() throws IOException {
    lake.close();
    other.close();
  }

  private static void take(LayersLake of, String renamed) {
    LayersLake.takeAll(of.renamed(renamed, LakeLayers.Tuning.DEFAULT));
  }

  /** All rows of silver and gold, by table and key. */
  private static TreeMap<String, String> layers(LayersLake of) {
    TreeMap<String, String> all = new TreeMap<>();
    TABLES.forEach(name -> of.rows(name).forEach((key, values) -> all.put(name + " " + key, values)));
    return all;
  }

  private static void assertSame(TreeMap<String, String> expected, TreeMap<String, String> found) {
    TreeMap<String, String> lost = new TreeMap<>(expected);
    lost.entrySet().removeAll(found.entrySet());
    TreeMap<String, String> added = new TreeMap<>(found);
    added.entrySet().removeAll(expected.entrySet());
    assertEquals("", String.join("\n", lost.toString(), added.toString()).replace("{}\n{}", ""));
  }

  /** State, close and the name of its bar of a minute of POL. */
  private String minute(long minute) {
    return lake.rows("crypto_silver.quote_minute", 2, List.of("asset_id", "start_window", "state", "price_crypto", "bar_asset_id"))
        .get("POL " + EpochMinutes.toMicros(minute));
  }

  /** Nine minutes under the old name, an outage, nine under the new one; people trade in both, and another coin goes on beside. */
  private static void fill(LayersLake of, Coin old) {
    for (int minute = 0; minute < 30; minute++) {
      of.put(ETH, of.bar(DAY + minute, "2000", "1"));
      if (minute < 9) {
        of.put(old, of.bar(DAY + minute, "0.4" + minute, "10"));
      } else if (minute >= 20 && minute != 24) {
        of.put(POL, of.bar(DAY + minute, "0.5" + (minute - 20), "20"));
      }
    }
    of.cover(old, DAY, DAY + 12, "observed");
    of.cover(POL, DAY + 20, DAY + 30, "observed");
    of.put(
        of.trade("t1", "ann", old, EpochMinutes.toMicros(DAY + 3) + 1, true, "5"),
        of.trade("t2", "ann", POL, EpochMinutes.toMicros(DAY + 22) + 1, false, "2"),
        of.trade("t3", "bob", old, EpochMinutes.toMicros(DAY + 25) + 1, true, "1"));
  }

  @Test
  void silverAndGoldAreAsIfTheCoinHadAlwaysHadItsNewestName() {
    fill(lake, MATIC);
    take(lake, RENAMED);
    fill(other, POL);
    take(other, "{}");
    assertSame(layers(other), layers(lake));
    assertEquals("traded 0.43 MATIC", minute(DAY + 3));
    assertEquals("carried 0.48 null", minute(DAY + 11));
    assertEquals("missing null null", minute(DAY + 15));
    assertEquals("traded 0.52 null", minute(DAY + 22));
    assertEquals("3", lake.rows("crypto_gold.position", 2, List.of("document_id", "asset_id", "holding")).get("ann POL"));
  }

  @Test
  void theLineMayBeAddedToAStandingLakeAndRemovedAgain() {
    fill(lake, MATIC);
    take(lake, "{}");
    TreeMap<String, String> before = layers(lake);
    assertTrue(before.keySet().stream().anyMatch(key -> key.startsWith("crypto_gold.candle MATIC")));
    take(lake, RENAMED);
    fill(other, POL);
    take(other, "{}");
    assertSame(layers(other), layers(lake));
    lake.put(MATIC, lake.bar(DAY + 9, "0.49", "1"));
    other.put(POL, other.bar(DAY + 9, "0.49", "1"));
    take(lake, RENAMED);
    take(other, "{}");
    assertSame(layers(other), layers(lake));
    take(lake, "{}");
    assertEquals("traded", lake.rows("crypto_silver.quote_minute", 2, List.of("asset_id", "start_window", "state")).get("MATIC " + EpochMinutes.toMicros(DAY + 9)));
    assertEquals(null, minute(DAY + 3));
  }

  @Test
  void aChangeOfTheNamesThatWasKilledOnTheWayIsDoneByTheNextProcess() {
    fill(lake, MATIC);
    take(lake, "{}");
    assertThrows(
        IllegalStateException.class,
        () ->
            LayersLake.takeAll(
                lake.renamed(
                    RENAMED,
                    LakeLayers.Tuning.DEFAULT,
                    layer -> {
                      throw new IllegalStateException("killed after " + layer);
                    })));
    take(lake, RENAMED);
    fill(other, POL);
    take(other, "{}");
    assertSame(layers(other), layers(lake));
  }

  @Test
  void ofTwoBarsOfAMinuteThatUnderTheNewNameCounts() {
    LakeLayers layers = lake.renamed(RENAMED, LakeLayers.Tuning.DEFAULT);
    lake.put(MATIC, lake.bar(DAY, "0.40", "1"), lake.bar(DAY + 1, "0.41", "1"));
    LayersLake.takeAll(layers);
    lake.put(POL, lake.bar(DAY + 1, "0.51", "1"));
    LayersLake.takeAll(layers);
    assertEquals("traded 0.51 null", minute(DAY + 1));
    // A correction under the old name has a higher number in the log of its partition, which says nothing about the other one.
    lake.put(MATIC, lake.bar(DAY, "0.42", "1"), lake.bar(DAY + 1, "0.43", "1"));
    LayersLake.takeAll(layers);
    assertEquals("traded 0.42 MATIC", minute(DAY));
    assertEquals("traded 0.51 null", minute(DAY + 1));
    LayersLake.takeAll(lake.renamed(RENAMED, LakeLayers.Tuning.DEFAULT));
    assertEquals("traded 0.51 null", minute(DAY + 1));
  }

  @Tag("long")
  @Test
  void whatWasWatchedUnderTheNewNameCountsFromItsFirstBar() {
    LakeLayers layers = lake.renamed(RENAMED, LakeLayers.Tuning.DEFAULT);
    lake.put(MATIC, lake.bar(DAY, "0.40", "1"), lake.bar(DAY + 5, "0.45", "1"));
    // An exchange that does not have the new name yet says that nobody has traded it.
    lake.cover(POL, DAY, DAY + 20, "history");
    LayersLake.takeAll(layers);
    assertEquals("missing null null", minute(DAY + 2));
    assertEquals(null, minute(DAY + 6));
    lake.put(POL, lake.bar(DAY + 10, "0.50", "1"));
    LayersLake.takeAll(layers);
    assertEquals("missing null null", minute(DAY + 2));
    assertEquals("missing null null", minute(DAY + 9));
    assertEquals("carried 0.5 null", minute(DAY + 11));
    assertEquals("carried 0.5 null", minute(DAY + 19));
    // An earlier bar comes from the history.
    lake.put(POL, lake.bar(DAY + 7, "0.47", "1"));
    LayersLake.takeAll(layers);
    assertEquals("missing null null", minute(DAY + 6));
    assertEquals("carried 0.47 null", minute(DAY + 9));
    TreeMap<String, String> before = layers(lake);
    take(lake, "{}");
    take(lake, RENAMED);
    assertSame(before, layers(lake));
  }

  @Tag("long")
  @Test
  void anyOrderOfArrivalsGivesWhatABuildFromTheStartGives() {
    String chain = "{\"A\": \"B\", \"B\": \"C\"}";
    List<Coin> names = List.of(new Coin("A", "USD"), new Coin("B", "USD"), new Coin("C", "USD"));
    Random random = new Random(17);
    LakeLayers layers = lake.renamed(chain, new LakeLayers.Tuning(20, 20, 12, 20, 1_000_000, 1_000_000));
    for (int step = 0; step < 60; step++) {
      int age = random.nextInt(names.size());
      Coin coin = names.get(age);
      long minute = DAY + 30 * age + random.nextInt(50);
      switch (random.nextInt(4)) {
        case 0 -> lake.put(coin, lake.bar(minute, "1." + step, random.nextBoolean() ? "1" : "0"), lake.bar(minute + 3, "2." + step, "1"));
        case 1 -> lake.cover(coin, minute, minute + 1 + random.nextInt(20), random.nextInt(5) == 0 ? "refused" : "observed");
        case 2 -> lake.put(lake.trade("t" + step, "ann", coin, EpochMinutes.toMicros(minute), random.nextBoolean(), "1"));
        default -> LayersLake.takeAll(layers);
      }
      if (random.nextInt(15) == 0) {
        layers = lake.renamed(chain, new LakeLayers.Tuning(20, 20, 12, 20, 1_000_000, 1_000_000));
      }
    }
    LayersLake.takeAll(layers);
    TreeMap<String, String> grown = layers(lake);
    assertTrue(grown.keySet().stream().noneMatch(key -> key.startsWith("crypto_gold.candle A") || key.startsWith("crypto_gold.candle B")));
    take(lake, "{}");
    take(lake, chain);
    assertSame(grown, layers(lake));
  }

  @Test
  void namesThatGoInACircleAreRefused() {
    SpecException refused = assertThrows(SpecException.class, () -> lake.renamed("{\"A\": \"B\", \"B\": \"A\"}", LakeLayers.Tuning.DEFAULT));
    assertTrue(refused.getMessage().contains("circle"), refused.getMessage());
  }
}
