package io.cryptodm.producer.crypto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.UsageException;
import io.cryptodm.producer.FakeClock;
import io.cryptodm.producer.Reporter;
import io.cryptodm.producer.Sink;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackfillTest {
  private static final Instant NOW = Instant.parse("2025-07-08T05:44:03Z");
  private static final Pair BTC = new Pair("BTC", "USD");
  private static final Pair LTC = new Pair("LTC", "USD");

  @TempDir Path dir;
  private AlpacaDouble alpaca;
  private final FakeClock time = new FakeClock(NOW, 100);
  private final Sink sink = new Sink(time, OptionalLong.empty(), OptionalDouble.empty());
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();

  @BeforeEach
  void open() throws Exception {
    alpaca = new AlpacaDouble();
  }

  @AfterEach
  void close() {
    alpaca.close();
  }

  private static String bar(String start) {
    return "{\"c\":2,\"h\":3,\"l\":1,\"n\":3,\"o\":2,\"t\":\"" + start + "\",\"v\":1.5,\"vw\":2}";
  }

  private MissingMinutes missing(String... lines) throws Exception {
    return MissingMinutes.read(Files.write(dir.resolve("missing.jsonl"), List.of(lines)), List.of(BTC, LTC));
  }

  private void run(MissingMinutes missing) throws Exception {
    Reporter reporter = new Reporter(sink.state, new PrintStream(said, true, StandardCharsets.UTF_8), null, () -> {});
    new Backfill(new AlpacaClient(alpaca.url(), null, null, time), sink.run, reporter).run(missing);
  }

  @Test
  void asksForTheMissingMinutesOnlyPageByPageAndSaysWhatIsKnownThen() throws Exception {
    alpaca
        .history(429, "", "9")
        .history(200, "{\"bars\":{\"BTC/USD\":[" + bar("2025-07-01T10:00:00Z") + "," + bar("2025-07-01T10:05:00Z") + "]},\"next_page_token\":\"p2\"}")
        .history(200, "{\"bars\":{\"BTC/USD\":[" + bar("2025-07-01T10:06:00Z") + "],\"LTC/USD\":[" + bar("2025-07-01T10:00:00Z") + "]}}");
    run(missing(
        "{\"pair\":\"BTC/USD\",\"from\":\"2025-07-01T10:00:00Z\",\"to\":\"2025-07-01T10:03:00Z\"}",
        "{\"pair\":\"BTC/USD\",\"from\":\"2025-07-01T10:06:00Z\",\"to\":\"2025-07-01T10:08:00Z\"}",
        "{\"pair\":\"LTC/USD\",\"from\":\"2025-07-01T10:07:00Z\",\"to\":\"2025-07-01T10:08:00Z\"}"));
    assertEquals(List.of("alpaca-history BTC/USD 2025-07-01T10:00:00Z 2", "alpaca-history BTC/USD 2025-07-01T10:06:00Z 2"), sink.quotes());
    assertEquals(
        List.of(
            "alpaca-history BTC/USD history 2025-07-01T10:00:00Z to 2025-07-01T10:08:00Z",
            "alpaca-history LTC/USD history 2025-07-01T10:07:00Z to 2025-07-01T10:08:00Z"),
        sink.watched());
    String query = "bars?symbols=BTC/USD,LTC/USD&timeframe=1Min&start=2025-07-01T10:00:00Z&end=2025-07-01T10:07:00Z&limit=10000";
    assertEquals(List.of(query, query, query + "&page_token=p2"), alpaca.asked());
    assertTrue(time.pauses().get(0).compareTo(Duration.ofSeconds(9)) >= 0, "Retry-After: " + time.pauses());
    assertEquals("{\"event\":\"history\",\"asked\":6,\"of\":6}", said.toString(StandardCharsets.UTF_8).strip());
  }

  @Test
  void givesUpWhenTheSourceIsOutOfReach() throws Exception {
    alpaca.close();
    MissingMinutes missing = missing("{\"pair\":\"BTC/USD\",\"from\":\"2025-07-01T10:00:00Z\",\"to\":\"2025-07-01T10:03:00Z\"}");
    AlpacaException e = assertThrows(AlpacaException.class, () -> run(missing));
    assertTrue(e.getMessage().contains("cannot be reached"), e.getMessage());
    assertTrue(said.toString(StandardCharsets.UTF_8).startsWith("{\"event\":\"failed\",\"reason\":\"history: Alpaca ("), said.toString(StandardCharsets.UTF_8));
  }

  @Test
  void aCoinThatIsRefusedIsSaidAndTheOthersGoOn() throws Exception {
    alpaca
        .history(400, "bad request")
        .history(400, "bad request")
        .history(200, "{\"bars\":{\"LTC/USD\":[" + bar("2025-07-01T10:00:00Z") + "]}}");
    run(missing(
        "{\"pair\":\"BTC/USD\",\"from\":\"2025-07-01T10:00:00Z\",\"to\":\"2025-07-01T10:03:00Z\"}",
        "{\"pair\":\"LTC/USD\",\"from\":\"2025-07-01T10:00:00Z\",\"to\":\"2025-07-01T10:03:00Z\"}"));
    assertEquals(List.of("alpaca-history LTC/USD 2025-07-01T10:00:00Z 2"), sink.quotes());
    assertTrue(said.toString(StandardCharsets.UTF_8).contains("{\"event\":\"refused\",\"reason\":\"Alpaca refuses the history of [BTC/USD]"));
  }

  @Test
  void aWrongFileIsNamedWithItsLine() {
    for (String line : List.of(
        "nonsense", "[]", "{}", "{\"pair\":\"BTC/USD\",\"from\":\"2025-07-01T10:00:00Z\",\"to\":\"2025-07-01T10:00:00Z\"}",
        "{\"pair\":\"ETH/USD\",\"from\":\"2025-07-01T10:00:00Z\",\"to\":\"2025-07-01T10:01:00Z\"}",
        "{\"pair\":\"BTC/USD\",\"from\":\"2025-07-01T10:00:30Z\",\"to\":\"2025-07-01T10:01:00Z\"}")) {
      UsageException e = assertThrows(UsageException.class, () -> missing(line));
      assertTrue(e.getMessage().contains("missing.jsonl, line 1: "), e.getMessage());
    }
  }
}
