package io.cryptodm.contracts;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;

/** Writes quote records in Alpaca's wire form, one pair a record; {@link QuoteParser} reads them back unchanged. */
public final class QuoteWriter {
  private QuoteWriter() {}

  /** The record's value as UTF-8: fields in alphabetical order, plain decimals without trailing zeros. */
  public static byte[] write(QuoteBar bar) {
    StringBuilder out = new StringBuilder(192);
    out.append("{\"bars\":{\"").append(bar.pair().base()).append('/').append(bar.pair().quote()).append("\":{\"c\":");
    out.append(Money.text(bar.close()));
    // Only where the source says it: bars of the others keep their bytes.
    if (bar.complete() != null) {
      out.append(",\"complete\":").append(bar.complete());
    }
    out.append(",\"h\":").append(Money.text(bar.high()));
    out.append(",\"l\":").append(Money.text(bar.low()));
    out.append(",\"n\":").append(bar.tradeCount());
    out.append(",\"o\":").append(Money.text(bar.open()));
    // Instant's own form of a whole minute is the wire form: 2025-07-08T05:43:00Z.
    out.append(",\"t\":\"").append(bar.start()).append('"');
    out.append(",\"v\":").append(Money.text(bar.volume()));
    out.append(",\"vw\":").append(orNull(bar.vwap())).append("}}}");
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** The record's value as UTF-8: no bar, but what the producer reports about the minutes of a pair. */
  public static byte[] write(Coverage coverage) {
    String text =
        "{\"bars\":{},\"coverage\":{\"pair\":\"" + coverage.pair() + "\",\"from\":\"" + coverage.from() + "\",\"to\":\"" + coverage.to()
            + "\",\"state\":\"" + coverage.state().wire() + "\"}}";
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String orNull(BigDecimal value) {
    return value == null ? "null" : Money.text(value);
  }
}
