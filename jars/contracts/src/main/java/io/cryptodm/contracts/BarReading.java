package io.cryptodm.contracts;

import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * One bar as a source gave it: taken, taken with a correction, or refused.
 *
 * @param symbol as the source wrote it
 * @param bar null when it is refused
 * @param fault why it is refused, or what was corrected; null for a good bar
 * @param minute start of the minute that it is about; null when its time can't be read
 * @param json the bar's JSON as it came; null for a good bar
 */
public record BarReading(String symbol, QuoteBar bar, String fault, Instant minute, String json) {
  public boolean isRefused() {
    return bar == null;
  }

  /** The reason with the symbol, as bad records have it; null for a good bar. */
  public String reason() {
    return fault == null ? null : "bar " + Fault.excerpt(symbol) + ": " + fault;
  }

  /** The pair that the symbol names; null for none. */
  public Pair pair() {
    try {
      return bar == null ? Pair.parse(symbol) : bar.pair();
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** The value of a record with this bar: one with a fault as it came, so that each reader of the topic finds the same fault. */
  public byte[] record() {
    if (json == null) {
      return QuoteWriter.write(bar);
    }
    return ("{\"bars\":{" + WireJson.quoted(symbol) + ":" + json + "}}").getBytes(StandardCharsets.UTF_8);
  }
}
