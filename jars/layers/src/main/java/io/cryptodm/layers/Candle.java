package io.cryptodm.layers;

import io.cryptodm.tables.rows.Row;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The prices and volumes of a coin in one period.
 *
 * @param start minutes since 1970
 * @param volume null if none of its minutes is known
 * @param turnover of the minutes that have a vwap; null if none has
 * @param vwapVolume quantity traded in those minutes
 * @param closed true if a minute after its end is known
 */
record Candle(
    Coin coin,
    Period period,
    long start,
    BigDecimal open,
    BigDecimal high,
    BigDecimal low,
    BigDecimal close,
    BigDecimal volume,
    BigDecimal turnover,
    BigDecimal vwapVolume,
    Long tradeCount,
    int traded,
    int carried,
    int missing,
    boolean closed,
    SortedSet<String> sources)
    implements LayerRow {

  BigDecimal vwap() {
    return turnover == null || vwapVolume.signum() == 0 ? null : Amounts.price(Amounts.divide(turnover, vwapVolume));
  }

  @Override
  public Object value(String column) {
    return switch (column) {
      case "asset_id" -> coin.asset();
      case "asset_type" -> coin.type();
      case "period" -> period.wire();
      case "start_window" -> EpochMinutes.toMicros(start);
      case "end_window" -> EpochMinutes.toMicros(start + period.minutes());
      case "open_price" -> open;
      case "high_price" -> high;
      case "low_price" -> low;
      case "close_price" -> close;
      case "volume" -> Amounts.fit(volume);
      case "vwap" -> vwap();
      case "turnover" -> Amounts.fit(turnover);
      case "vwap_volume" -> Amounts.clamp(vwapVolume);
      case "trade_count" -> tradeCount;
      case "minutes_traded" -> traded;
      case "minutes_carried" -> carried;
      case "minutes_missing" -> missing;
      case "closed" -> closed;
      case "sources" -> sources.isEmpty() ? null : String.join(",", sources);
      case "ref_date" -> EpochMinutes.toEpochDay(start);
      default -> null;
    };
  }

  static Candle of(Fields fields, Row row) {
    String sources = fields.text(row, "sources");
    return new Candle(
        fields.coin(row),
        Period.of(fields.text(row, "period")),
        fields.minute(row, "start_window"),
        fields.decimal(row, "open_price"),
        fields.decimal(row, "high_price"),
        fields.decimal(row, "low_price"),
        fields.decimal(row, "close_price"),
        fields.decimal(row, "volume"),
        fields.decimal(row, "turnover"),
        fields.decimal(row, "vwap_volume"),
        fields.number(row, "trade_count"),
        fields.count(row, "minutes_traded"),
        fields.count(row, "minutes_carried"),
        fields.count(row, "minutes_missing"),
        fields.flag(row, "closed"),
        sources == null ? new TreeSet<>() : new TreeSet<>(Arrays.asList(sources.split(","))));
  }
}
