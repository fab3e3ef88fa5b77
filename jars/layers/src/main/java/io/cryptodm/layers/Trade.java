package io.cryptodm.layers;

import io.cryptodm.tables.rows.Row;
import java.math.BigDecimal;
import java.util.Comparator;

/**
 * A trade of a user, with the price of its minute.
 *
 * @param at microseconds since 1970
 * @param buy false for a sale
 * @param price null while it is unknown
 */
record Trade(
    String id,
    Holder holder,
    long at,
    boolean buy,
    BigDecimal quantity,
    String source,
    BigDecimal price,
    PriceState priceState,
    String priceSource)
    implements LayerRow {

  /** Order of time; trades of the same time in order of their ids. */
  static final Comparator<Trade> IN_TIME = Comparator.comparingLong(Trade::at).thenComparing(Trade::id);

  /** How the price was found. */
  enum PriceState {
    /** Its minute was traded. */
    EXACT,
    /** Its minute has a bar that is not complete: the price may still change. */
    PROVISIONAL,
    /** Its minute has a bar that is made from quotes. */
    QUOTED,
    /** Its minute is known to be without a bar: the last close is carried. */
    CARRIED,
    /** The price of its minute is not known yet. */
    PENDING;

    String wire() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** A user and a coin that the user trades. */
  record Holder(String user, Coin coin) {
    /** Names that are numbered, on both sides, would share most of a record's own hash codes. */
    @Override
    public int hashCode() {
      return user.hashCode() * 0x9E3779B1 ^ coin.hashCode();
    }
  }

  long minute() {
    return EpochMinutes.ofMicros(at);
  }

  Coin coin() {
    return holder.coin();
  }

  /** The same trade with an equal holder. */
  Trade of(Holder its) {
    return new Trade(id, its, at, buy, quantity, source, price, priceState, priceSource);
  }

  /** Null while it is pending. */
  BigDecimal value() {
    return price == null ? null : Amounts.fit(Amounts.times(quantity, price));
  }

  @Override
  public Object value(String column) {
    return switch (column) {
      case "transaction_id" -> id;
      case "document_id" -> holder.user();
      case "asset_id" -> coin().asset();
      case "asset_type" -> coin().type();
      case "transaction_timestamp" -> at;
      case "trade_type" -> buy ? "BUY" : "SELL";
      case "quantity" -> quantity;
      case "price_crypto" -> price;
      case "value" -> value();
      case "price_state" -> priceState.wire();
      case "price_source" -> priceSource;
      case "source" -> source;
      case "ref_date" -> EpochMinutes.toEpochDay(minute());
      default -> null;
    };
  }

  /** A row of the bronze table, which has no price. */
  static Trade unpriced(Fields fields, Row row) {
    return of(fields, row, null, PriceState.PENDING, null);
  }

  static Trade of(Fields fields, Row row) {
    PriceState state = PriceState.valueOf(fields.text(row, "price_state").toUpperCase(java.util.Locale.ROOT));
    return of(fields, row, fields.decimal(row, "price_crypto"), state, fields.text(row, "price_source"));
  }

  private static Trade of(Fields fields, Row row, BigDecimal price, PriceState state, String priceSource) {
    return new Trade(
        fields.text(row, "transaction_id"),
        new Holder(fields.text(row, "document_id"), fields.coin(row)),
        fields.number(row, "transaction_timestamp"),
        fields.text(row, "trade_type").equals("BUY"),
        fields.decimal(row, "quantity"),
        fields.text(row, "source"),
        price,
        state,
        priceSource);
  }
}
