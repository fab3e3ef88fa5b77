package io.cryptodm.layers;

import io.cryptodm.tables.rows.Row;
import java.math.BigDecimal;

/**
 * A minute of the grid.
 *
 * @param start minutes since 1970
 * @param bar the bar of a traded minute, else null
 * @param last the last known trade up to this minute, its own if it has one
 */
record Minute(Coin coin, long start, State state, Bar bar, Last last) implements LayerRow {
  /** Where the price of a minute comes from. */
  enum State {
    /** From its own trades. */
    TRADED,
    /** The minute is known to be without a trade: the last close is carried. */
    CARRIED,
    /** Unknown: no source has watched the minute. */
    MISSING;

    String wire() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** The last known minute with a trade, its close and its source. */
  record Last(long minute, BigDecimal price, String source) {}

  boolean isTraded() {
    return state == State.TRADED;
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
      case "open_price" -> isTraded() ? bar.open() : price();
      case "high_price" -> isTraded() ? bar.high() : price();
      case "low_price" -> isTraded() ? bar.low() : price();
      case "volume" -> isTraded() ? bar.volume() : state == State.CARRIED ? Amounts.ZERO : null;
      case "vwap" -> isTraded() ? bar.vwap() : null;
      case "trade_count" -> isTraded() ? bar.tradeCount() : state == State.CARRIED ? Long.valueOf(0) : null;
      case "source" -> source();
      case "ref_date" -> EpochMinutes.toEpochDay(start);
      case "last_traded" -> EpochMinutes.toMicros(last.minute());
      case "last_price" -> last.price();
      case "last_source" -> last.source();
      case "bar_revision" -> isTraded() ? bar.revision() : null;
      default -> null;
    };
  }

  static Minute of(Fields fields, Row row) {
    long start = fields.minute(row, "start_window");
    State state = State.valueOf(fields.text(row, "state").toUpperCase(java.util.Locale.ROOT));
    Last last = new Last(fields.minute(row, "last_traded"), fields.decimal(row, "last_price"), fields.text(row, "last_source"));
    Bar bar = state == State.TRADED ? Bar.of(fields, row, "bar_revision") : null;
    return new Minute(fields.coin(row), start, state, bar, last);
  }
}
