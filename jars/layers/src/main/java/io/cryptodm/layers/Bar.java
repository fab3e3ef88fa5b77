package io.cryptodm.layers;

import io.cryptodm.tables.rows.Row;
import java.math.BigDecimal;

/**
 * One minute of a coin in the table of quotes.
 *
 * @param complete false while the minute runs or trades of it are missing; null when the source does not say
 */
record Bar(
    long minute,
    BigDecimal open,
    BigDecimal high,
    BigDecimal low,
    BigDecimal close,
    BigDecimal volume,
    BigDecimal vwap,
    Long tradeCount,
    Boolean complete,
    String source,
    long revision) {

  /** @param revision name of the column with the revision */
  static Bar of(Fields fields, Row row, String revision) {
    return new Bar(
        fields.minute(row, "start_window"),
        fields.decimal(row, "open_price"),
        fields.decimal(row, "high_price"),
        fields.decimal(row, "low_price"),
        fields.decimal(row, "price_crypto"),
        fields.decimal(row, "volume"),
        fields.decimal(row, "vwap"),
        fields.number(row, "trade_count"),
        fields.optionalFlag(row, "complete"),
        fields.text(row, "source"),
        fields.number(row, revision));
  }

  /** True if the bar is made from quotes because nobody traded: it has 0 trades or, where trades are not counted, no volume. */
  boolean isQuoted() {
    return tradeCount == null ? volume.signum() == 0 : tradeCount == 0;
  }

  /** True if the source has said that the bar is not its last word on the minute. */
  boolean isProvisional() {
    return Boolean.FALSE.equals(complete);
  }

  /** The newer of two revisions of a minute. */
  static Bar newest(Bar one, Bar other) {
    return one.revision() >= other.revision() ? one : other;
  }
}
