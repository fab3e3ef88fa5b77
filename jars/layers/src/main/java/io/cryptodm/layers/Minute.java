package io.cryptodm.layers;

import io.cryptodm.tables.rows.Row;
import java.math.BigDecimal;

/**
 * A minute of the grid.
 *
 * @param start minutes since 1970
 * @param bar the bar of a traded or quoted minute, else null
 * @param last the last known price up to this minute, its own if it has one
 */
record Minute(Coin coin, long start, State state, Bar bar, Last last) implements LayerRow {
  /** Where the price of a minute comes from. */
  enum State {
    /** From its own trades. */
    TRADED,
    /** From its own quotes: the source gave a bar, but nobody traded. */
    QUOTED,
    /** The minute is known to be without a bar: the last close is carried. */
    CARRIED,
    /** Unknown: no source has watched the minute. */
    MISSING;

    String wire() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /**
   * The last known price.
   *
   * @param minute whose close it is, traded or quoted
   * @param traded the last known minute with a trade, that one or an earlier one; null before the first
   */
  record Last(long minute, BigDecimal price, String source, Long traded) {}

  boolean isTraded() {
    return state == State.TRADED;
  }

  boolean hasBar() {
    return bar != null;
  }

  /** True if its bar may still change: what follows from it is not exact. */
  boolean isProvisional() {
    return hasBar() && bar.isProvisional();
  }

  /** The close, or null if it is unknown. */
  BigDecimal price() {
    return state == State.MISSING ? null : last.price();
  }

  String source() {
    return state == State.MISSING ? null : last.source();
  }

  @Override
  public Object value(String column) {
    return switch (column) {
      case "asset_id" -> coin.asset();
      case "asset_type" -> coin.type();
      case "start_window" -> EpochMinutes.toMicros(start);
      case "end_window" -> EpochMinutes.toMicros(start + 1);
      case "state" -> state.wire();
      case "price_crypto" -> price();
      case "open_price" -> hasBar() ? bar.open() : price();
      case "high_price" -> hasBar() ? bar.high() : price();
      case "low_price" -> hasBar() ? bar.low() : price();
      case "volume" -> isTraded() ? bar.volume() : state == State.MISSING ? null : Amounts.ZERO;
      case "vwap" -> isTraded() ? bar.vwap() : null;
      case "trade_count" -> isTraded() ? bar.tradeCount() : state == State.MISSING ? null : Long.valueOf(0);
      case "source" -> source();
      case "ref_date" -> EpochMinutes.toEpochDay(start);
      case "last_traded" -> last.traded() == null ? null : EpochMinutes.toMicros(last.traded());
      case "last_priced" -> EpochMinutes.toMicros(last.minute());
      case "last_price" -> last.price();
      case "last_source" -> last.source();
      case "complete" -> hasBar() ? bar.complete() : null;
      case "bar_revision" -> hasBar() ? bar.revision() : null;
      case "bar_asset_id" -> hasBar() && bar.earlier() != null ? bar.earlier().asset() : null;
      default -> null;
    };
  }

  /** @param names of the coins that were renamed */
  static Minute of(Fields fields, Row row, CoinNames names) {
    long start = fields.minute(row, "start_window");
    State state = State.valueOf(fields.text(row, "state").toUpperCase(java.util.Locale.ROOT));
    Long traded = fields.optionalMinute(row, "last_traded");
    // Rows of a version before have no last_priced: theirs was the last traded minute.
    Long priced = fields.optionalMinute(row, "last_priced");
    Last last = new Last(priced == null ? traded : priced, fields.decimal(row, "last_price"), fields.text(row, "last_source"), traded);
    Bar bar = state == State.TRADED || state == State.QUOTED ? Bar.of(fields, row, "bar_revision", names.earlier(fields.text(row, "bar_asset_id"))) : null;
    return new Minute(fields.coin(row), start, state, bar, last);
  }
}
