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
import java.util.Set;
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

  /** A bar of a minute of 2025-07-01T10. */
  private static String bar(String minute, String from, String to) {
    return bar("2025-07-01T10:" + minute + "Z").replace(from, to);
  }

  private static String minutes(String pair, String from, String to) {
    return "{\"pair\":\"" + pair + "\",\"from\":\"2025-07-01T10:" + from + ":00Z\",\"to\":\"2025-07-01T10:" + to + ":00Z\"}";
  }

  private static String watched(String pair, String state, String from, String to) {
    return "alpaca-history " + pair + " " + state + " 2025-07-01T10:" + from + ":00Z to 2025-07-01T10:" + to + ":00Z";
  }

  private static String page(String pair, String token, String... bars) {
    return "{\"bars\":{\"" + pair + "\":[" + String.join(",", bars) + "]},\"next_page_token\":" + (token == null ? "null" : "\"" + token + "\"") + "}";
  }

  @Test
  void aRefusedBarIsKeptAndItsMinuteIsNotKnown() throws Exception {
    sink.mayHoldFaults = true;
    alpaca
        .history(200, page("BTC/USD", "2", bar("00:00", "", ""), bar("01:00", "\"vw\":2", "\"vw\":0"), bar("02:00", "\"h\":3", "\"h\":1.5")))
        .history(200, page("BTC/USD", null, bar("03:00", "\"c\":2", "\"c\":\"2\""), bar("04:07", "", ""), bar("04:07", "", ""), bar("06:00", "\"n\":3", "\"n\":12.0")));
    run(missing(minutes("BTC/USD", "00", "08")));
    assertEquals(List.of("00", "01", "02", "06"), sink.bars().stream().map(its -> its.start().toString().substring(14, 16)).toList());
    List<String> faults =
        List.of(
            "bar BTC/USD: its prices go from 1 to 2, but its low is 1 and its high 1.5: taken with the wider range",
            "bar BTC/USD: price 'c' must be a number but is '2'",
            "bar BTC/USD: time 't' must be a whole minute but is 2025-07-01T10:04:07Z");
    assertEquals(faults, sink.faults());
    assertEquals(
        Set.of(watched("BTC/USD", "refused", "03", "05"), watched("BTC/USD", "history", "00", "03"), watched("BTC/USD", "history", "05", "08")),
        Set.copyOf(sink.watched()));
    String events = said.toString(StandardCharsets.UTF_8);
    assertTrue(events.contains("{\"event\":\"refused-bar\",\"count\":4,\"reason\":\"" + faults.get(2) + "\"}"), events);
  }

  @Test
  void aRefusedBarOfAnUnknownMinuteLeavesItsCoinUnknown() throws Exception {
    sink.mayHoldFaults = true;
    alpaca.history(
        200,
        "{\"bars\":{\"BTC/USD\":[" + bar("00:00", "", "") + "," + bar("soon", "", "") + "],\"LTC/USD\":[" + bar("00:00", "", "") + "]}}");
    run(missing(minutes("BTC/USD", "00", "03"), minutes("LTC/USD", "00", "03")));
    assertEquals(List.of(watched("LTC/USD", "history", "00", "03")), sink.watched());
    assertEquals(2, sink.quotes().size());
    assertEquals(1, sink.faults().size());
  }

  @Test
  void aBarOfAnUnknownCoinLeavesAllUnknown() throws Exception {
    sink.mayHoldFaults = true;
    alpaca.history(200, "{\"bars\":{\"??\":[" + bar("01:00", "", "") + "],\"LTCUSD\":[" + bar("00:00", "", "") + "]}}");
    run(missing(minutes("BTC/USD", "00", "03"), minutes("LTC/USD", "00", "03")));
    assertEquals(List.of(watched("LTC/USD", "refused", "00", "01")), sink.watched());
  }

  @Test
  void pagesInACircleEndTheRunAndClaimNothing() throws Exception {
    for (List<String> tokens : List.of(List.of("A", "B", "A"), List.of("A", "A"), List.of("A", "B", "C", "D", "B"))) {
      alpaca.close();
      alpaca = new AlpacaDouble();
      int sent = sink.quotes().size();
      for (int i = 0; i < tokens.size(); i++) {
        alpaca.history(200, i < 2 ? page("BTC/USD", tokens.get(i), bar("0" + i + ":00", "", "")) : page("LTC/USD", tokens.get(i)));
      }
      MissingMinutes missing = missing(minutes("BTC/USD", "00", "06"));
      AlpacaException e = assertThrows(AlpacaException.class, () -> run(missing));
      assertTrue(e.getMessage().contains("page token " + tokens.get(tokens.size() - 1) + " came a second time"), e.getMessage());
      assertEquals(tokens.size(), alpaca.asked().size());
      assertEquals(sent + 2, sink.quotes().size());
      assertEquals(List.of(), sink.watched());
    }
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
