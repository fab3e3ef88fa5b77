package io.cryptodm.contracts;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Objects;

/**
 * One minute of one pair, the event of the quotes topic. Amounts have exactly 12 decimals ({@link Money}), so {@code equals} compares values.
 *
 * @param pair what was traded
 * @param start start of the minute, inclusive
 * @param open first price
 * @param high highest price
 * @param low lowest price
 * @param close last price
 * @param volume quantity traded, in units of the base
 * @param vwap volume-weighted average price, or null when the source has none
 * @param tradeCount trades in the minute, or null when the source has none
 * @param complete false while the minute runs or trades of it are missing, true when all of them are in it, null when the source does not say
 */
public record QuoteBar(
    Pair pair,
    Instant start,
    BigDecimal open,
    BigDecimal high,
    BigDecimal low,
    BigDecimal close,
    BigDecimal volume,
    BigDecimal vwap,
    Long tradeCount,
    Boolean complete) {

  /** @throws ArithmeticException if a price does not fit decimal(24, 12), or the volume is above 10^18 */
  public QuoteBar {
    Objects.requireNonNull(pair, "pair");
    Objects.requireNonNull(start, "start");
    open = Money.of(open);
    high = Money.of(high);
    low = Money.of(low);
    close = Money.of(close);
    volume = Money.volume(volume);
    vwap = vwap == null ? null : Money.of(vwap);
  }

  /** A bar of a source that does not say whether its minute is complete. */
  public QuoteBar(
      Pair pair,
      Instant start,
      BigDecimal open,
      BigDecimal high,
      BigDecimal low,
      BigDecimal close,
      BigDecimal volume,
      BigDecimal vwap,
      Long tradeCount) {
    this(pair, start, open, high, low, close, volume, vwap, tradeCount, null);
  }

  /** End of the minute, exclusive. */
  public Instant end() {
    return start.plusSeconds(60);
  }

  /** UTC date of the start. */
  public LocalDate refDate() {
    return LocalDate.ofInstant(start, ZoneOffset.UTC);
  }
}
