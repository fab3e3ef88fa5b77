package io.cryptodm.contracts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TradeParserTest {
  private static final Instant RECORD_TIME = Instant.parse("2025-07-08T05:44:00Z");
  private static final String GOOD =
      "{\"transaction_id\":\"t\",\"document_id\":\"u\",\"asset_id\":\"BTC\",\"asset_type\":\"USD\","
          + "\"transaction_timestamp\":\"2025-07-08T05:43:12.345Z\",\"trade_type\":\"BUY\",\"quantity\":0.5,\"ref_date\":\"2025-07-08\"}";

  @TestFactory
  List<DynamicTest> readsAndWritesTheGoldenRecords() throws IOException {
    SpecNode golden = Fixtures.json("events/trades.json");
    Instant recordTime = Instant.parse(golden.at("recordTime").text());
    return golden.at("cases").items(test -> DynamicTest.dynamicTest(test.at("name").text(), () -> {
      String record = test.at("record").text();
      Parsed<TradeEvent> parsed = TradeParser.parse(record.getBytes(UTF_8), recordTime);
      assertEquals(test.at("faults").items(SpecNode::text), parsed.faults());
      if (!parsed.events().isEmpty()) {
        TradeEvent trade = trade(test.at("trade"));
        assertEquals(List.of(trade), parsed.events());
        assertEquals(List.of(trade), TradeParser.parse(TradeWriter.write(trade), recordTime).events());
        if (test.at("canonical").bool()) {
          assertEquals(record, new String(TradeWriter.write(trade), UTF_8));
        }
      }
    }));
  }

  private static TradeEvent trade(SpecNode node) {
    TradeEvent trade =
        new TradeEvent(
            node.at("transactionId").text(),
            node.at("documentId").text(),
            new Pair(node.at("base").text(), node.at("quote").text()),
            Instant.parse(node.at("timestamp").text()),
            TradeEvent.Type.valueOf(node.at("type").text()),
            new BigDecimal(node.at("quantity").text()));
    assertEquals(node.at("refDate").text(), trade.refDate().toString());
    return trade;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "\"transaction_id\":\"t\" | \"transaction_id\":\"\" | 'transaction_id' must not be empty",
        "\"transaction_id\":\"t\" | \"x\":1 | 'transaction_id' is missing",
        "\"document_id\":\"u\" | \"document_id\":7 | 'document_id' must be a string but is 7",
        "\"document_id\":\"u\" | \"document_id\":\"u\",\"document_id\":\"u\" | 'document_id' is given twice",
        "\"BTC\" | \"btc\" | 'asset_id' must be a symbol such as BTC but is 'btc'",
        "\"USD\" | \"\" | 'asset_type' must be a symbol such as BTC but is ''",
        "\"BUY\" | \"buy\" | 'trade_type' must be BUY or SELL but is 'buy'",
        "\"BUY\" | null | 'trade_type' must be a string but is null",
        "0.5 | -1 | 'quantity' must be above 0 but is -1",
        "0.5 | 1e-13 | 'quantity' must be above 0 but is 1e-13",
        "0.5 | \"0.5\" | 'quantity' must be a number but is '0.5'",
        "0.5 | NaN | 'quantity' must be a number but is NaN",
        "0.5 | 1e12 | 'quantity' must have at most 12 digits before the point but is 1e12",
        "05:43:12.345Z | noon | 'transaction_timestamp' must be a UTC time such as 2025-07-08T05:43:00Z but is '2025-07-08Tnoon'",
        "2025-07-08T05:43:12.345Z | 2025-07-09T05:44:00.001Z | 'transaction_timestamp' is 2025-07-09T05:44:00.001Z, more than one day after the record's own time 2025-07-08T05:44:00Z",
        "\"2025-07-08\"} | \"2025-07-09\"} | 'ref_date' must be 2025-07-08, the UTC date of the trade, but is 2025-07-09",
        "\"2025-07-08\"} | \"8.7.2025\"} | 'ref_date' must be a date such as 2025-07-08 but is '8.7.2025'",
      })
  void refusesATradeWithItsReason(String from, String to, String reason) {
    assertTrue(GOOD.contains(from));
    assertEquals(new Parsed<>(List.of(), List.of(reason)), TradeParser.parse(GOOD.replace(from, to).getBytes(UTF_8), RECORD_TIME));
  }

  @Test
  void brokenJsonOutranksAWrongValue() {
    String record = GOOD.replace("0.5", "-1").replace("}", "");
    assertTrue(TradeParser.parse(record.getBytes(UTF_8), RECORD_TIME).faults().get(0).startsWith("not JSON: "));
  }

  @Test
  void revisionsOrderByGenerationThenOffset() {
    assertEquals((1L << 40) + 5, Revision.of(1, 5));
    assertTrue(Revision.of(2, 0) > Revision.of(1, (1L << 40) - 1));
  }

  @Test
  void aMissingSourceIsUnknown() {
    assertEquals("unknown", Sources.of(null));
    assertEquals("unknown", Sources.of(new byte[0]));
    assertEquals("alpaca", Sources.of("alpaca".getBytes(UTF_8)));
  }
}
