package io.cryptodm.contracts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class MarketParserTest {
  private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
  private static final Pair BTC = Pair.parse("BTC/USD");

  static Stream<MarketRecord> records() {
    CandleDifference.Sums sums =
        new CandleDifference.Sums(new BigDecimal("91000.25"), new BigDecimal("91001"), new BigDecimal("90999.5"), new BigDecimal("91000"), new BigDecimal("0.125"));
    return Stream.of(
        new MarketTrade(BTC, 912_345_678L, NOW.plusNanos(123_456_000), new BigDecimal("91000.25"), new BigDecimal("0.00012"), MarketTrade.Side.BUY),
        new MarketTrade(BTC, Long.MAX_VALUE, NOW, new BigDecimal("0.000000000001"), new BigDecimal("123456789012"), null),
        new TradeHole(BTC, 5, 9, NOW.minusSeconds(3), NOW, TradeHole.State.OPEN, "the connection was \"closed\""),
        new TradeHole(BTC, 5, 5, NOW, NOW, TradeHole.State.ABSENT, "the history has no such trades"),
        new TradeWatch(BTC, 5, 17, null),
        new TradeWatch(BTC, 5, 17, Instant.parse("2026-11-30T12:00:01.5Z")),
        new CandleDifference(BTC, NOW, sums, null, CandleDifference.Cause.INCOMPLETE_CANDLE),
        new CandleDifference(BTC, NOW, sums, sums, CandleDifference.Cause.NONE));
  }

  @ParameterizedTest
  @MethodSource("records")
  void readsBackWhatIsWritten(MarketRecord record) {
    MarketReading read = MarketParser.read(MarketWriter.write(record), NOW);
    assertNull(read.fault());
    assertEquals(record, read.record());
  }

  @Test
  void keepsMicroseconds() {
    MarketTrade trade = new MarketTrade(BTC, 1, NOW.plusNanos(1_999), BigDecimal.ONE, BigDecimal.ONE, null);
    assertEquals(NOW.plusNanos(1_000), trade.time());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | 'pair' is missing",
        "[] | not a JSON object but an array",
        "{\"pair\":\"BTCUSD\"} | 'BTCUSD' is no pair of the form BTC/USD",
        "{\"pair\":\"BTC/USD\",\"id\":1.5} | 'id' must be a whole number from 0 on but is 1.5",
        "{\"pair\":\"BTC/USD\",\"id\":1,\"id\":2} | 'id' is given twice",
        "{\"pair\":\"BTC/USD\",\"id\":1,\"time\":\"2026-11-30T12:00:00Z\",\"price\":0,\"quantity\":1} | 'price' must be above 0 but is 0",
        "{\"pair\":\"BTC/USD\",\"id\":1,\"time\":\"2026-11-30T12:00:00Z\",\"price\":\"abc\",\"quantity\":1} | 'price' must be a number but is 'abc'",
        "{\"pair\":\"BTC/USD\",\"id\":1,\"time\":\"2026-11-30T12:00:00Z\",\"price\":1,\"quantity\":1,\"side\":\"B\"} | 'side' must be buy or sell but is 'B'",
        "{\"pair\":\"BTC/USD\",\"id\":1,\"time\":\"2026-12-30T12:00:00Z\"} | 'time' is 2026-12-30T12:00:00Z, more than one day after the record's own time 2026-11-30T12:00:00Z",
        "{\"pair\":\"BTC/USD\",\"hole\":{\"first\":9,\"last\":5}} | 'from' is missing",
        "{\"pair\":\"BTC/USD\",\"watched\":{\"first\":9,\"last\":5}} | 'last' must not be below 'first' 9 but is 5",
        "{\"pair\":\"BTC/USD\",\"watched\":7} | 'watched' must be an object but is a number",
        "{\"pair\":\"BTC/USD\",\"watched\":{\"first\":1,\"last\":5},\"hole\":{}} | 'hole' is given twice",
        "{\"pair\":\"BTC/USD\",\"candle\":{\"start\":\"2026-11-30T12:00:00Z\",\"cause\":\"weather\"}} | 'cause' is unknown: 'weather'",
        "{\"pair\":\"BTC/USD\",\"candle\":{\"start\":\"2026-11-30T12:00:00Z\",\"cause\":\"none\"}} | neither side has a bar",
      })
  void saysWhatIsWrong(String json, String reason) {
    MarketReading read = MarketParser.read(json.getBytes(StandardCharsets.UTF_8), NOW);
    assertNull(read.record());
    assertEquals(reason, read.fault());
  }

  @Test
  void brokenJsonIsNamed() {
    assertTrue(MarketParser.read("{\"pair\":".getBytes(StandardCharsets.UTF_8), NOW).fault().startsWith("not JSON: "));
    assertEquals("the record has no value", MarketParser.read(null, NOW).fault());
  }
}
