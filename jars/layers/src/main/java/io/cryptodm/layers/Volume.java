package io.cryptodm.layers;

import java.math.BigDecimal;

/**
 * What users traded of a coin in a minute or an hour.
 *
 * @param length in minutes, 1 or 60
 * @param start minutes since 1970
 */
record Volume(
    Coin coin,
    int length,
    long start,
    long trades,
    long traders,
    long unvalued,
    BigDecimal boughtQuantity,
    BigDecimal soldQuantity,
    BigDecimal boughtValue,
    BigDecimal soldValue)
    implements LayerRow {

  @Override
  public Object value(String column) {
    return switch (column) {
      case "asset_id" -> coin.asset();
      case "asset_type" -> coin.type();
      case "period" -> length == 1 ? "1m" : "1h";
      case "start_window" -> EpochMinutes.toMicros(start);
      case "end_window" -> EpochMinutes.toMicros(start + length);
      case "trades" -> trades;
      case "traders" -> traders;
      case "unvalued_trades" -> unvalued;
      case "bought_quantity" -> Amounts.fit(boughtQuantity);
      case "sold_quantity" -> Amounts.fit(soldQuantity);
      case "net_quantity" -> Amounts.fit(boughtQuantity.subtract(soldQuantity));
      case "bought_value" -> Amounts.fit(boughtValue);
      case "sold_value" -> Amounts.fit(soldValue);
      case "net_value" -> Amounts.fit(boughtValue.subtract(soldValue));
      case "ref_date" -> EpochMinutes.toEpochDay(start);
      default -> null;
    };
  }
}
