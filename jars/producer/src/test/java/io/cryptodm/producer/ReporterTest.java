package io.cryptodm.producer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReporterTest {
  @TempDir Path dir;

  @Test
  void printsEventsAndReplacesTheProgressFile() throws Exception {
    RunState state = new RunState();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Path file = dir.resolve("run/progress.json");
    Reporter reporter = new Reporter(state, new PrintStream(out, true, UTF_8), file, () -> {});
    reporter.source("simulate", "asked \"for\"");
    reporter.tick();
    state.sent();
    state.sent();
    state.acknowledged(1, 7, 1);
    state.bar("BTC/USD", Instant.parse("2025-07-08T05:43:00Z"));
    state.trouble("source", "slow", Instant.parse("2025-07-08T05:44:00Z"));
    state.trouble("source", "slower", Instant.parse("2025-07-08T05:45:00Z"));
    state.trouble("kafka", "gone", Instant.parse("2025-07-08T05:45:00Z"));
    state.resolved("kafka");
    state.error("odd", Instant.parse("2025-07-08T05:46:00Z"));
    state.clockOffset(-180.5);
    reporter.tick();
    reporter.tick();
    state.failed(1);
    reporter.close();
    assertEquals(
        List.of(
            "{\"event\":\"source\",\"source\":\"simulate\",\"reason\":\"asked \\\"for\\\"\"}",
            "{\"event\":\"progress\",\"sent\":2,\"acknowledged\":1}",
            "{\"event\":\"done\",\"sent\":2,\"acknowledged\":1,\"failed\":1,\"offsets\":{\"1\":7}}"),
        out.toString(UTF_8).lines().toList());
    String text = Files.readString(file);
    assertTrue(text.startsWith("{\"at\":\""), text);
    assertEquals(
        "\"source\":\"simulate\",\"sent\":2,\"acknowledged\":1,\"failed\":1,\"repeatsDropped\":0,\"polls\":0,\"lastError\":\"odd\","
            + "\"lastErrorAt\":\"2025-07-08T05:46:00Z\","
            + "\"troubles\":[{\"about\":\"source\",\"since\":\"2025-07-08T05:44:00Z\",\"message\":\"slower\"}],\"clockOffset\":-180.5,"
            + "\"lastBars\":{\"BTC/USD\":\"2025-07-08T05:43:00Z\"},\"offsets\":{\"1\":7}}\n",
        text.substring(text.indexOf("\"source\"")));
  }
}
