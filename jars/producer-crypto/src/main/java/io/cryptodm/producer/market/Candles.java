package io.cryptodm.producer.market;

import com.fasterxml.jackson.databind.JsonNode;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import java.math.BigDecimal;
import java.time.Instant;

/** Candles of an exchange as bars. */
final class Candles {
  private Candles() {}

  /** @param vwap null without one; 0 is none either. @param count null without one */
  static QuoteBar bar(
      Pair pair, Instant start, JsonNode open, JsonNode high, JsonNode low, JsonNode close, JsonNode volume, JsonNode vwap, Long count) {
    BigDecimal average = vwap == null ? null : Messages.decimal(vwap, "vwap");
    try {
      return new QuoteBar(
          pair, start, Messages.decimal(open, "open"), Messages.decimal(high, "high"), Messages.decimal(low, "low"), Messages.decimal(close, "close"),
          Messages.decimal(volume, "volume"), average == null || average.signum() == 0 ? null : average, count);
    } catch (ArithmeticException e) {
      throw new MalformedMessage("candle " + start + " of " + pair + ": " + e.getMessage());
    }
  }
}
