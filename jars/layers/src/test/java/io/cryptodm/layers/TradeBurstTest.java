package io.cryptodm.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** More trades of one hour than fit into the memory of a process that takes them, and that is killed meanwhile. */
@Tag("long")
class TradeBurstTest {
  private static final int TRADES = 400_000;

  @TempDir Path folder;

  /** Starts {@link LayersLoad}, whose heap is bounded. */
  private static Process start(int megabytes, String... args) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx" + megabytes + "m", "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError", "-cp", System.getProperty("java.class.path"),
                LayersLoad.class.getName()));
    command.addAll(List.of(args));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  /** Reads what a process says until it ends, or until it is killed after some runs. @return its lines */
  private static List<String> follow(Process process, int runs) throws IOException, InterruptedException {
    List<String> lines = new ArrayList<>();
    try (BufferedReader said = process.inputReader()) {
      for (String line = said.readLine(); line != null; line = said.readLine()) {
        lines.add(line);
        if (lines.stream().filter(its -> its.startsWith("run ")).count() == runs) {
          break;
        }
      }
    } finally {
      process.destroyForcibly().waitFor();
    }
    return lines;
  }

  @Test
  void isTakenWithLittleMemoryAndGoesOnAfterKills() throws IOException, InterruptedException {
    follow(start(256, "feed", folder.toString(), String.valueOf(TRADES), "500", "10"), Integer.MAX_VALUE);
    int runs = 0;
    for (int kill = 0; kill < 3; kill++) {
      List<String> said = follow(start(192, "take", folder.toString()), 2);
      assertTrue(said.stream().noneMatch(line -> line.contains("taken") || line.contains("Error")), String.join("\n", said));
      runs += 2;
    }
    List<String> said = follow(start(192, "take", folder.toString()), Integer.MAX_VALUE);
    assertTrue(said.contains("taken"), String.join("\n", said));
    runs += (int) said.stream().filter(line -> line.startsWith("run ")).count();
    // A run in which the process was killed is repeated, one finds the end of the file, and one looks for what came meanwhile.
    assertTrue(runs <= TRADES / LakeLayers.Tuning.DEFAULT.runTrades() + 3 + 2, runs + " runs");
    try (LayersLake lake = new LayersLake(folder)) {
      Map<String, String> trades = lake.rows("crypto_silver.trade_valued", 1, List.of("transaction_id", "asset_id", "value"));
      assertEquals(TRADES, trades.size());
      assertTrue(trades.values().stream().noneMatch(value -> value.endsWith("null")), "a trade has no value");
      Map<String, Long> volumes = new TreeMap<>();
      lake.rows("crypto_gold.trade_volume", 4, List.of("asset_id", "asset_type", "period", "start_window", "trades"))
          .forEach((key, count) -> volumes.merge(key.split(" ")[2], Long.valueOf(count), Long::sum));
      assertEquals(Map.of("1h", (long) TRADES, "1m", (long) TRADES), volumes);
      long positions =
          lake.rows("crypto_gold.position", 3, List.of("document_id", "asset_id", "asset_type", "trades")).values().stream()
              .mapToLong(Long::parseLong)
              .sum();
      assertEquals(TRADES, positions);
    }
  }
}
