package io.cryptodm.layers;

import io.cryptodm.tables.rows.Row;
import java.math.BigDecimal;

/**
 * One minute of a coin in the table of quotes.
 *
 * @param complete false while the minute runs or trades of it are missing; null when the source does not say
 * @param earlier the name that it came under, if the coin was renamed since; else null
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
    long revision,
    CoinNames.Earlier earlier) {

  /**
   * @param revision name of the column with the revision
   * @param earlier see the record
   */
  static Bar of(Fields fields, Row row, String revision, CoinNames.Earlier earlier) {
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
        fields.number(row, revision),
        earlier);
  }

  /** True if the bar is made from quotes because nobody traded: it has 0 trades or, where trades are not counted, no volume. */
  boolean isQuoted() {
    return tradeCount == null ? volume.signum() == 0 : tradeCount == 0;
  }

  /** True if the source has said that the bar is not its last word on the minute. */
  boolean isProvisional() {
    return Boolean.FALSE.equals(complete);
  }

  /** The bar that counts of two of a minute: that under the newer name, because revisions compare only under one name, else the newer revision. */
  static Bar newest(Bar one, Bar other) {
    if (one.age() != other.age()) {
      return one.age() < other.age() ? one : other;
    }
    return one.revision() >= other.revision() ? one : other;
  }

  private int age() {
    return earlier == null ? 0 : earlier.age();
  }
}
