package io.cryptodm.layers;

import io.cryptodm.tables.compact.Merging;
import io.cryptodm.tables.rows.Row;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Loads the layers of a lake in a folder, in a process of its own: for tests that bound its memory or kill it, and for measurements.
 *
 * <pre>
 *   feed FOLDER TRADES USERS COINS        fills the bronze tables with trades of one hour and its bars
 *   take FOLDER                           brings silver and gold up to date, a line for each run
 *   rate FOLDER PER_SECOND MINUTES USERS COINS REVISED   a run for each 5 s of trades that are made up to the minute;
 *                                         REVISED bars of the present minute change with each, the others come at its end
 *   seconds FOLDER COINS MINUTES          a new bar of each coin and a trade each second; a run to the candles, every fifth second a whole one
 *   bars FOLDER COINS DAYS                bars of some days, then their layers in one go
 * </pre>
 */
final class LayersLoad {
  private static final int TRIGGER_SECONDS = 5;
  private static final List<String> TABLES =
      List.of(
          LayersLake.QUOTES, LayersLake.TRADES, "crypto_silver.quote_minute", "crypto_silver.trade_valued", "crypto_gold.candle",
          "crypto_gold.trade_volume", "crypto_gold.position");
  private static final com.sun.management.OperatingSystemMXBean SYSTEM =
      (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private final LayersLake lake;
  private final Random random = new Random(1);
  private long ids;

  private LayersLoad(LayersLake lake) {
    this.lake = lake;
  }

  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[1]);
    try (LayersLake lake = new LayersLake(folder)) {
      LayersLoad load = new LayersLoad(lake);
      switch (args[0]) {
        case "feed" -> load.feed(Integer.parseInt(args[2]), Integer.parseInt(args[3]), Integer.parseInt(args[4]));
        case "take" -> load.take();
        case "rate" ->
            load.rate(
                Integer.parseInt(args[2]), Integer.parseInt(args[3]), Integer.parseInt(args[4]), Integer.parseInt(args[5]),
                Integer.parseInt(args[6]));
        case "seconds" -> load.seconds(Integer.parseInt(args[2]), Integer.parseInt(args[3]));
        case "bars" -> load.bars(Integer.parseInt(args[2]), Integer.parseInt(args[3]));
        default -> throw new IllegalArgumentException(args[0]);
      }
    }
  }

  static Coin coin(int number) {
    return new Coin("C" + (100 + number), "USD");
  }

  private Trade trade(long at, int users, int coins) {
    String id = String.format("0198%012x-%s", at, String.format("%08d", ids++));
    return lake.trade(
        id, "user" + random.nextInt(users), coin(random.nextInt(coins)), at, random.nextInt(5) > 1, (1 + random.nextInt(90)) + ".25");
  }

  private void feed(int count, int users, int coins) {
    List<Row> bars = new ArrayList<>();
    for (int minute = 0; minute < 60; minute++) {
      for (int coin = 0; coin < coins; coin++) {
        bars.add(LayersLake.row(coin(coin), lake.bar(LayersLake.DAY + minute, String.valueOf(100 + coin + minute), "2")));
      }
    }
    lake.put(bars);
    long hour = EpochMinutes.toMicros(LayersLake.DAY);
    int piece = 4_000;
    for (int from = 0; from < count; from += piece) {
      Trade[] made = new Trade[Math.min(piece, count - from)];
      for (int i = 0; i < made.length; i++) {
        made[i] = trade(hour + 3_600_000_000L * (from + i) / count, users, coins);
      }
      lake.put(made);
    }
    System.out.println("fed " + count);
  }

  private void take() {
    LakeLayers layers = lake.layers();
    boolean more = true;
    while (more) {
      long begun = System.nanoTime();
      LakeLayers.Outcome outcome = layers.run();
      more = outcome.more();
      System.out.printf("run %d rows in %d ms, heap %d MB%n", outcome.inputRows(), (System.nanoTime() - begun) / 1_000_000, peakMegabytes());
    }
    layers.settle();
    System.out.println("taken");
  }

  private void rate(int perSecond, int minutes, int users, int coins, int revised) {
    LakeLayers layers = lake.layers();
    List<Long> cpu = new ArrayList<>();
    List<Long> wall = new ArrayList<>();
    for (int minute = 0; minute < minutes; minute++) {
      cpu.clear();
      wall.clear();
      long bronze = 0;
      for (int second = 0; second < 60; second += TRIGGER_SECONDS) {
        long cpuAt = SYSTEM.getProcessCpuTime();
        long now = EpochMinutes.toMicros(LayersLake.DAY + minute) + second * 1_000_000L;
        boolean ends = second == 60 - TRIGGER_SECONDS;
        List<Row> bars = new ArrayList<>();
        for (int coin = 0; coin < (ends ? coins : revised); coin++) {
          int its = ends ? coin : random.nextInt(coins);
          bars.add(LayersLake.row(coin(its), lake.bar(LayersLake.DAY + minute, (100 + its) + "." + random.nextInt(1_000), "2")));
        }
        lake.put(bars);
        Trade[] made = new Trade[perSecond * TRIGGER_SECONDS];
        for (int i = 0; i < made.length; i++) {
          made[i] = trade(now + 1_000_000L * i / perSecond, users, coins);
        }
        lake.put(made);
        bronze += SYSTEM.getProcessCpuTime() - cpuAt;
        cpuAt = SYSTEM.getProcessCpuTime();
        long wallAt = System.nanoTime();
        while (layers.run().more()) {
          // Until everything has been taken.
        }
        cpu.add((SYSTEM.getProcessCpuTime() - cpuAt) / 1_000_000);
        wall.add((System.nanoTime() - wallAt) / 1_000_000);
      }
      if (minute % 5 == 4) {
        // The clock of the writers runs slower than that of the trades.
        TABLES.forEach(name -> Merging.of(lake.table(name)));
      }
      cpu.sort(null);
      wall.sort(null);
      System.out.printf(
          "minute %d: trigger cpu median %d max %d ms, wall median %d max %d ms, bronze cpu %d ms, peak heap %d MB, rss %s%n", minute + 1,
          cpu.get(cpu.size() / 2), cpu.get(cpu.size() - 1), wall.get(wall.size() / 2), wall.get(wall.size() - 1),
          bronze / 1_000_000 / cpu.size(), peakMegabytes(), memory());
    }
  }

  private void seconds(int coins, int minutes) {
    LakeLayers layers = lake.layers();
    for (int minute = 0; minute < minutes; minute++) {
      List<Long> candles = new ArrayList<>();
      List<Long> whole = new ArrayList<>();
      for (int second = 0; second < 60; second++) {
        List<Row> bars = new ArrayList<>();
        for (int coin = 0; coin < coins; coin++) {
          bars.add(LayersLake.row(coin(coin), lake.bar(LayersLake.DAY + minute, (100 + coin) + "." + random.nextInt(1_000), "2", second == 59)));
        }
        lake.put(bars);
        lake.put(trade(EpochMinutes.toMicros(LayersLake.DAY + minute) + second * 1_000_000L, 100, coins));
        long cpuAt = SYSTEM.getProcessCpuTime();
        LakeLayers.Outcome done = second % TRIGGER_SECONDS == 0 ? layers.run() : layers.runToCandles();
        (done.whole() ? whole : candles).add((SYSTEM.getProcessCpuTime() - cpuAt) / 1_000_000);
      }
      for (List<Long> each : List.of(candles, whole)) {
        each.sort(null);
      }
      System.out.printf(
          "minute %d: cpu of a run to the candles median %d max %d ms, of a whole one median %d max %d ms%n", minute + 1,
          candles.get(candles.size() / 2), candles.get(candles.size() - 1), whole.get(whole.size() / 2), whole.get(whole.size() - 1));
    }
  }

  private void bars(int coins, int days) {
    for (int day = 0; day < days; day++) {
      List<Row> bars = new ArrayList<>();
      for (int minute = 0; minute < 1440; minute++) {
        for (int coin = 0; coin < coins; coin++) {
          bars.add(
              LayersLake.row(coin(coin), lake.bar(LayersLake.DAY + day * 1440L + minute, (100 + coin) + "." + random.nextInt(1_000), "2")));
        }
      }
      lake.put(bars);
    }
    peakMegabytes();
    LakeLayers layers = lake.layers();
    long cpu = SYSTEM.getProcessCpuTime();
    long wall = System.nanoTime();
    while (layers.run().more()) {
      // Until everything has been taken.
    }
    System.out.printf(
        "%d bars: cpu %d ms, wall %d ms, peak heap %d MB, rss %s%n", coins * days * 1440, (SYSTEM.getProcessCpuTime() - cpu) / 1_000_000,
        (System.nanoTime() - wall) / 1_000_000, peakMegabytes(), memory());
  }

  /** The most that the heap has held since the last call. */
  private static long peakMegabytes() {
    long bytes = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      if (pool.getType() == MemoryType.HEAP) {
        bytes += pool.getPeakUsage().getUsed();
        pool.resetPeakUsage();
      }
    }
    return bytes >> 20;
  }

  private static String memory() {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("VmHWM") || line.startsWith("VmRSS"))
          .map(line -> line.replaceAll("\\s+", " "))
          .toList()
          .toString();
    } catch (IOException e) {
      return "unknown";
    }
  }
}
