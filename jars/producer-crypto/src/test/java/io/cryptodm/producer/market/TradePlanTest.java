package io.cryptodm.producer.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.UsageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TradePlanTest {
  @TempDir Path dir;

  private TradePlan read(String... lines) throws Exception {
    return TradePlan.read(Files.write(dir.resolve("plan.jsonl"), List.of(lines)), List.of("coinbase", "kraken"));
  }

  private static String line(String source, String rest) {
    return "{\"source\":\"" + source + "\",\"pair\":\"BTC/USD\"," + rest + "}";
  }

  private static String span(String kind, String from, String to) {
    return "\"kind\":\"" + kind + "\",\"from\":\"2026-11-30T" + from + "Z\",\"to\":\"2026-11-30T" + to + "Z\"";
  }

  @Test
  void holdsWhatIsAskedOfEachPairAtEachExchange() throws Exception {
    TradePlan plan =
        read(
            line("coinbase", span("ask", "10:00:00", "11:00:00")),
            line("coinbase", span("bars", "10:00:00", "10:30:00")),
            line("coinbase", "\"kind\":\"known\",\"first\":1,\"last\":5"),
            line("coinbase", "\"kind\":\"known\",\"first\":9,\"last\":9"),
            line("coinbase", "\"kind\":\"trade\",\"id\":700,\"time\":\"2026-11-30T11:30:00.25Z\""),
            line("coinbase", "\"kind\":\"trade\",\"id\":5,\"time\":\"2026-11-30T10:00:00Z\""),
            line("kraken", span("ask", "10:00:00", "10:01:00")));
    assertEquals(List.of("coinbase", "kraken"), plan.sources());
    assertEquals(61, plan.minutes());
    TradePlan.Part first = plan.parts().get(0);
    assertEquals(30, first.bars().minutes());
    assertTrue(first.known().contains(5));
    assertFalse(first.known().contains(6));
    assertEquals(4, first.known().count(3, 20));
    assertEquals(700, first.idAfter(Instant.parse("2026-11-30T10:00:00Z")));
    assertNull(first.idAfter(Instant.parse("2026-11-30T11:30:01Z")));
    assertEquals(0, plan.parts().get(1).bars().minutes());
  }

  @Test
  void aWrongLineIsNamed() {
    refused("line 1: 'source' must be one of coinbase, kraken but is bitstamp", line("bitstamp", span("ask", "10:00:00", "11:00:00")));
    refused("line 1: 'kind' must be ask, bars, known or trade but is \"all\"", line("kraken", span("all", "10:00:00", "11:00:00")));
    refused("line 1: 'from' must be a whole minute but is 2026-11-30T10:00:01Z", line("kraken", span("ask", "10:00:01", "11:00:00")));
    refused(
        "line 2: ids 5 to 6 are no range above those before", line("kraken", "\"kind\":\"known\",\"first\":1,\"last\":5"),
        line("kraken", "\"kind\":\"known\",\"first\":5,\"last\":6"));
  }

  private void refused(String reason, String... lines) {
    assertTrue(assertThrows(UsageException.class, () -> read(lines)).getMessage().endsWith(reason));
  }
}
