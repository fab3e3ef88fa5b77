package io.cryptodm.contracts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuoteParserTest {
  private static final Instant RECORD_TIME = Instant.parse("2025-07-08T05:44:00Z");
  private static final String GOOD =
      "{\"bars\":{\"BTC/USD\":{\"c\":2,\"h\":3,\"l\":1,\"n\":4,\"o\":1.5,\"t\":\"2025-07-08T05:43:00Z\",\"v\":10,\"vw\":2}}}";

  @TestFactory
  List<DynamicTest> readsAndWritesTheGoldenRecords() throws IOException {
    SpecNode golden = Fixtures.json("events/quotes.json");
    Instant recordTime = Instant.parse(golden.at("recordTime").text());
    return golden.at("cases").items(test -> DynamicTest.dynamicTest(test.at("name").text(), () -> {
      byte[] record = test.at("record").text().getBytes(UTF_8);
      QuoteRecord read = QuoteParser.read(record, recordTime);
      assertEquals(test.at("faults").items(SpecNode::text), read.faults());
      assertEquals(test.at("bars").items(QuoteParserTest::bar), read.bars());
      assertEquals(coverage(test.at("coverage")), read.coverage());
      assertEquals(new Parsed<>(read.bars(), read.faults()), QuoteParser.parse(record, recordTime));
      if (read.coverage() != null) {
        byte[] written = QuoteWriter.write(read.coverage());
        assertEquals(new QuoteRecord(List.of(), read.coverage(), List.of()), QuoteParser.read(written, recordTime));
        if (test.at("canonical").bool()) {
          assertEquals(test.at("record").text(), new String(written, UTF_8));
        }
      }
      for (QuoteBar bar : read.bars()) {
        byte[] written = QuoteWriter.write(bar);
        assertEquals(List.of(bar), QuoteParser.parse(written, recordTime).events());
        if (test.at("canonical").bool()) {
          assertEquals(test.at("record").text(), new String(written, UTF_8));
        }
      }
    }));
  }

  private static QuoteBar bar(SpecNode node) {
    QuoteBar bar =
        new QuoteBar(
            Pair.parse(node.at("pair").text()),
            Instant.parse(node.at("start").text()),
            new BigDecimal(node.at("open").text()),
            new BigDecimal(node.at("high").text()),
            new BigDecimal(node.at("low").text()),
            new BigDecimal(node.at("close").text()),
            new BigDecimal(node.at("volume").text()),
            node.at("vwap").textOrNull() == null ? null : new BigDecimal(node.at("vwap").text()),
            node.at("tradeCount").numberOr(-1) < 0 ? null : node.at("tradeCount").whole(0),
            node.at("complete").orNull(SpecNode::bool));
    assertEquals(node.at("end").text(), bar.end().toString());
    assertEquals(node.at("refDate").text(), bar.refDate().toString());
    return bar;
  }

  private static Coverage coverage(SpecNode node) {
    if (node.orEmptyObject().at("pair").textOrNull() == null) {
      return null;
    }
    Coverage coverage =
        new Coverage(
            Pair.parse(node.at("pair").text()),
            Instant.parse(node.at("from").text()),
            Instant.parse(node.at("to").text()),
            Coverage.State.of(node.at("state").text()).orElseThrow());
    assertEquals(node.at("refDate").text(), coverage.refDate().toString());
    return coverage;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "\"c\":2 | \"c\":-3 | price 'c' must be above 0 but is -3",
        "\"c\":2 | \"c\":0 | price 'c' must be above 0 but is 0",
        "\"c\":2 | \"c\":1e-30 | price 'c' must be above 0 but is 1e-30",
        "\"c\":2 | \"c\":1e-999999999 | price 'c' must be above 0 but is 1e-999999999",
        "\"c\":2 | \"x\":2 | price 'c' is missing",
        "\"c\":2 | \"c\":2,\"c\":2 | 'c' is given twice",
        "\"h\":3 | \"h\":null | price 'h' must be a number but is null",
        "\"h\":3 | \"h\":\"3\" | price 'h' must be a number but is '3'",
        "\"h\":3 | \"h\":[3] | price 'h' must be a number but is an array",
        "\"h\":3 | \"h\":Infinity | price 'h' must be a number but is Infinity",
        "\"h\":3 | \"h\":1e12 | price 'h' must have at most 12 digits before the point but is 1e12",
        "\"h\":3 | \"h\":999999999999.9999999999999 | price 'h' must have at most 12 digits before the point but is 999999999999.9999999999999",
        "\"h\":3 | \"h\":1e999999999 | price 'h' must have at most 12 digits before the point but is 1e999999999",
        "\"h\":3 | \"h\":1e99999999999 | price 'h' must have at most 12 digits before the point but is 1e99999999999",
        "\"v\":10 | \"v\":-0.1 | volume 'v' must not be below 0 but is -0.1",
        "\"v\":10 | \"y\":0 | volume 'v' is missing",
        "\"n\":4 | \"n\":4.5 | trade count 'n' must be a whole number from 0 on but is 4.5",
        "\"n\":4 | \"n\":-1 | trade count 'n' must be a whole number from 0 on but is -1",
        "\"n\":4 | \"n\":99999999999999999999 | trade count 'n' must be a whole number from 0 on but is 99999999999999999999",
        "\"vw\":2 | \"vw\":-1 | 'vw' must not be below 0 but is -1",
        "\"v\":10 | \"v\":1000000000000000000.1 | volume 'v' must be at most 1e18 but is 1000000000000000000.1",
        "\"v\":10 | \"v\":1e999999999 | volume 'v' must be at most 1e18 but is 1e999999999",
        "\"n\":4 | \"n\":1e999999999 | trade count 'n' must be a whole number from 0 on but is 1e999999999",
        "\"n\":4 | \"n\":1e-999999999 | trade count 'n' must be a whole number from 0 on but is 1e-999999999",
        "\"n\":4 | \"n\":NaN | trade count 'n' must be a whole number from 0 on but is NaN",
        "\"vw\":2 | \"vw\":true | 'vw' must be a number but is true",
        "\"vw\":2 | \"complete\":\"true\" | 'complete' must be true or false but is 'true'",
        "\"vw\":2 | \"complete\":1 | 'complete' must be true or false but is 1",
        "\"vw\":2 | \"complete\":[true] | 'complete' must be true or false but is an array",
        "\"vw\":2 | \"complete\":true,\"complete\":true | 'complete' is given twice",
        "05:43:00Z | 05:43:01Z | time 't' must be a whole minute but is 2025-07-08T05:43:01Z",
        "05:43:00Z | 05:43:00.001Z | time 't' must be a whole minute but is 2025-07-08T05:43:00.001Z",
        "05:43:00Z | 05:43:00 | time 't' must be a UTC time such as 2025-07-08T05:43:00Z but is '2025-07-08T05:43:00'",
        "2025-07-08T | 2025-02-30T | time 't' must be a UTC time such as 2025-07-08T05:43:00Z but is '2025-02-30T05:43:00Z'",
        "2025-07-08T | 2025-07-10T | time 't' is 2025-07-10T05:43:00Z, more than one day after the record's own time 2025-07-08T05:44:00Z",
        "2025-07-08T | 1969-07-08T | time 't' must not be before 1970 but is 1969-07-08T05:43:00Z",
        "\"2025-07-08T05:43:00Z\" | 1751953380 | time 't' must be a string but is 1751953380",
        "BTC/USD | btc/usd | bar btc/usd: 'btc/usd' is no pair of the form BTC/USD",
        "BTC/USD | BTC-USD | bar BTC-USD: 'BTC-USD' is no pair of the form BTC/USD",
        "BTC/USD | A/B/C | bar A/B/C: 'A/B/C' is no pair of the form BTC/USD",
      })
  void refusesABarWithItsReason(String from, String to, String reason) {
    assertTrue(GOOD.contains(from));
    Parsed<QuoteBar> parsed = parse(GOOD.replace(from, to));
    assertEquals(List.of(), parsed.events());
    assertEquals(List.of(reason.startsWith("bar ") ? reason : "bar BTC/USD: " + reason), parsed.faults());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "[1,2] | not a JSON object but an array",
        "\"text\" | not a JSON object but a string",
        "17 | not a JSON object but a number",
        "null | not a JSON object but null",
        "{} | the record has no 'bars'",
        "{\"bars\":{}} | 'bars' is empty",
        "{\"bars\":[]} | 'bars' must be an object but is an array",
        "{\"bars\":null} | 'bars' must be an object but is null",
        "{\"bars\":{\"BTC/USD\":7}} | bar BTC/USD: must be an object but is a number",
        "{\"bars\":{}} {} | not JSON: something follows the end of the object",
      })
  void refusesARecordWithItsReason(String record, String reason) {
    assertEquals(new Parsed<>(List.of(), List.of(reason)), parse(record));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "BTC/USD | BTCUSD | 'BTCUSD' is no pair of the form BTC/USD",
        "\"BTC/USD\" | 7 | 'pair' must be a string but is 7",
        "\"pair\" | \"x\" | 'pair' is missing",
        "\"state\" | \"x\" | 'state' is missing",
        "observed | watched | 'state' must be one of observed, history, source-down, refused but is 'watched'",
        "\"observed\" | \"observed\",\"state\":\"history\" | 'state' is given twice",
        "05:30:00Z | 05:30:30Z | 'from' must be a whole minute but is 2025-07-08T05:30:30Z",
        "05:44:00Z | 05:44:00.5Z | 'to' must be a whole minute but is 2025-07-08T05:44:00.500Z",
        "05:30:00Z | 5 o'clock | 'from' must be a UTC time such as 2025-07-08T05:43:00Z but is '2025-07-08T5 o'clock'",
        "05:44:00Z | 05:30:00Z | 'to' must be after 'from' 2025-07-08T05:30:00Z but is 2025-07-08T05:30:00Z",
        "2025-07-08T05:30 | 2025-07-07T23:59 | 'to' must lie within the day (UTC) of 'from' 2025-07-07T23:59:00Z but is 2025-07-08T05:44:00Z",
        "2025-07-08T05:44 | 2025-07-10T05:45 | 'to' is 2025-07-10T05:45:00Z, more than one day after the record's own time 2025-07-08T05:44:00Z",
      })
  void refusesCoverageWithItsReason(String from, String to, String reason) {
    String good = "{\"bars\":{},\"coverage\":{\"pair\":\"BTC/USD\",\"from\":\"2025-07-08T05:30:00Z\",\"to\":\"2025-07-08T05:44:00Z\",\"state\":\"observed\"}}";
    assertTrue(good.contains(from));
    assertEquals(new QuoteRecord(List.of(), null, List.of("coverage: " + reason)), read(good.replace(from, to)));
  }

  @Test
  void refusesWhatIsNoCoverageOrStandsTwice() {
    assertEquals(List.of("'coverage' must be an object but is an array"), read("{\"bars\":{},\"coverage\":[{}]}").faults());
    assertEquals(List.of("'coverage' must be an object but is null"), read("{\"coverage\":null,\"bars\":{}}").faults());
    String one = "\"coverage\":{\"pair\":\"BTC/USD\",\"from\":\"2025-07-08T05:30:00Z\",\"to\":\"2025-07-08T05:44:00Z\",\"state\":\"observed\"}";
    QuoteRecord twice = read("{\"bars\":{}," + one + "," + one + "}");
    // Which of the two would be meant is unknown, so neither is taken.
    assertEquals(new QuoteRecord(List.of(), null, List.of("'coverage' is given twice in the record")), twice);
    assertEquals(List.of("the record has no 'bars'"), read("{" + one + "}").faults());
  }

  private static QuoteRecord read(String record) {
    return QuoteParser.read(record.getBytes(UTF_8), RECORD_TIME);
  }

  @Test
  void refusesWhatIsNotJson() {
    for (String record : List.of("hello", "{", "{\"bars\":{\"BTC/USD\":{\"c\":1", "{'bars':{}}", "[1,", GOOD + "x", "\u0000\u0001")) {
      Parsed<QuoteBar> parsed = parse(record);
      assertTrue(parsed.events().isEmpty() && parsed.faults().size() == 1, record);
      assertTrue(parsed.faults().get(0).startsWith("not JSON: "), parsed.faults().get(0));
    }
    assertEquals(List.of("not JSON: the record is empty"), parse("").faults());
    assertEquals(List.of("the record has no value"), QuoteParser.parse(null, RECORD_TIME).faults());
    assertTrue(QuoteParser.parse(new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'}, RECORD_TIME).faults().get(0).startsWith("not JSON: "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "\"v\":10,\"vw\":2 | \"v\":0,\"vw\":0 | vwap null",
        "\"vw\":2 | \"vw\":0 | vwap null",
        "\"n\":4 | \"n\":12.0 | count 12",
        "\"n\":4 | \"n\":1.2e1 | count 12",
        "\"n\":4 | \"n\":0.0 | count 0",
        "\"n\":4 | \"n\":null | count null",
        "\"v\":10 | \"v\":1e18 | volume 1000000000000000000",
        "\"v\":10 | \"v\":1500000000000.000000000001 | volume 1500000000000.000000000001",
      })
  void takesWhatIsSafe(String from, String to, String expected) {
    assertTrue(GOOD.contains(from));
    Parsed<QuoteBar> parsed = parse(GOOD.replace(from, to));
    assertEquals(List.of(), parsed.faults());
    QuoteBar bar = parsed.events().get(0);
    String found =
        switch (expected.split(" ")[0]) {
          case "vwap" -> "vwap " + bar.vwap();
          case "count" -> "count " + bar.tradeCount();
          default -> "volume " + Money.text(bar.volume());
        };
    assertEquals(expected, found);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "\"h\":3 | \"h\":1.7 | 1 2 | its prices go from 1 to 2, but its low is 1 and its high 1.7: taken with the wider range",
        "\"l\":1 | \"l\":1.8 | 1.5 3 | its prices go from 1.5 to 3, but its low is 1.8 and its high 3: taken with the wider range",
        "\"h\":3,\"l\":1 | \"h\":1,\"l\":3 | 1 3 | its prices go from 1 to 3, but its low is 3 and its high 1: taken with the wider range",
      })
  void takesAWrongRangeWiderAndSaysSo(String from, String to, String range, String reason) {
    Parsed<QuoteBar> parsed = parse(GOOD.replace(from, to));
    assertEquals(List.of("bar BTC/USD: " + reason), parsed.faults());
    QuoteBar bar = parsed.events().get(0);
    assertEquals(range, Money.text(bar.low()) + " " + Money.text(bar.high()));
  }

  /** What a source gave, with what the record of it says to a reader of the topic. */
  @Test
  void aBarWithAFaultGoesIntoARecordAsItCame() {
    String page =
        "{\"bars\":{\"BTC/USD\":[{\"o\":1.5,\"h\":1.7,\"l\":1,\"c\":2,\"t\":\"2025-07-08T05:43:00Z\",\"v\":1},7,"
            + "{\"h\":\"\u00e9\",\"t\":\"2025-07-08T05:42:07Z\",\"x\":[{}]} ],\"BTC\\\"USD\":[{\"t\":\"soon\"}]},\"next_page_token\":null}";
    HistoryPage read = HistoryPage.parse(page.getBytes(UTF_8), RECORD_TIME);
    assertEquals(List.of(), read.faults());
    List<String> found =
        read.bars().stream().map(bar -> bar.isRefused() + " " + bar.minute() + " " + bar.pair() + " " + bar.fault()).toList();
    assertEquals(
        List.of(
            "false 2025-07-08T05:43:00Z BTC/USD its prices go from 1 to 2, but its low is 1 and its high 1.7: taken with the wider range",
            "true null BTC/USD must be an object but is a number",
            "true 2025-07-08T05:42:00Z BTC/USD price 'h' must be a number but is '\u00e9'",
            "true null null 'BTC\"USD' is no pair of the form BTC/USD"),
        found);
    for (BarReading reading : read.bars()) {
      QuoteRecord record = QuoteParser.read(reading.record(), RECORD_TIME);
      assertEquals(List.of(reading.reason()), record.faults());
      assertEquals(reading.isRefused() ? List.of() : List.of(reading.bar()), record.bars());
    }
    assertEquals(
        read.bars().stream().map(bar -> bar.isRefused() ? "refused" : "taken").toList(),
        LatestBars.parse(page.replace("[", "").replace("]", "").replace(",7,", ",\"ETH/USD\":7,\"LTC/USD\":").getBytes(UTF_8), RECORD_TIME)
            .bars().stream().map(bar -> bar.isRefused() ? "refused" : "taken").toList());
  }

  @Test
  void refusesAPairThatStandsTwice() {
    String bar = "\"BTC/USD\":{\"c\":2,\"h\":3,\"l\":1,\"o\":1.5,\"t\":\"2025-07-08T05:43:00Z\",\"v\":10}";
    Parsed<QuoteBar> parsed = parse("{\"bars\":{" + bar + "," + bar + "}}");
    assertEquals(1, parsed.events().size());
    assertEquals(List.of("bar BTC/USD: the pair is given twice in the record"), parsed.faults());
  }

  @Test
  void neverThrowsOnBrokenRecords() {
    Random random = new Random(7);
    byte[] good = (GOOD.substring(0, GOOD.length() - 1)
            + ",\"coverage\":{\"pair\":\"BTC/USD\",\"from\":\"2025-07-08T05:30:00Z\",\"to\":\"2025-07-08T05:44:00Z\",\"state\":\"observed\"}}")
        .getBytes(UTF_8);
    for (int i = 0; i < 200_000; i++) {
      byte[] broken = good.clone();
      for (int n = random.nextInt(4); n >= 0; n--) {
        broken[random.nextInt(broken.length)] = random.nextBoolean() ? (byte) random.nextInt(256) : good[random.nextInt(good.length)];
      }
      QuoteRecord read = QuoteParser.read(broken, RECORD_TIME);
      assertNotNull(read);
      assertFalse(read.bars().isEmpty() && read.coverage() == null && read.faults().isEmpty());
    }
  }

  @Test
  void neverThrowsOnDeepNesting() {
    assertFalse(parse("{\"bars\":" + "[".repeat(100_000)).faults().isEmpty());
    assertFalse(parse("{\"bars\":" + "{\"a\":".repeat(100_000)).faults().isEmpty());
    assertFalse(parse("{\"bars\":{\"BTC/USD\":{\"c\":" + "9".repeat(100_000)).faults().isEmpty());
  }

  private static Parsed<QuoteBar> parse(String record) {
    return QuoteParser.parse(record.getBytes(UTF_8), RECORD_TIME);
  }
}
