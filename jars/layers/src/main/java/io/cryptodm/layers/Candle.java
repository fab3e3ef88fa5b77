package io.cryptodm.layers;

import io.cryptodm.contracts.Sources;
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
 * @param closed true if a minute after its end is known, and none of its own is provisional
 * @param pricesFrom what its prices are made of: {@link #TRADES}, {@link #QUOTES} or both; else {@link #CARRIED}, or nothing
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
    int quoted,
    int carried,
    int missing,
    boolean closed,
    SortedSet<String> pricesFrom,
    SortedSet<String> sources)
    implements LayerRow {
  static final String TRADES = "trades";
  static final String QUOTES = "quotes";
  static final String CARRIED = "carried";

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
      case "minutes_quoted" -> quoted;
      case "minutes_carried" -> carried;
      case "minutes_missing" -> missing;
      case "closed" -> closed;
      case "prices_from" -> joined(pricesFrom);
      case "sources" -> joined(sources);
      case "ref_date" -> EpochMinutes.toEpochDay(start);
      default -> null;
    };
  }

  private static String joined(SortedSet<String> names) {
    return names.isEmpty() ? null : String.join(",", names);
  }

  private static SortedSet<String> split(String names) {
    return names == null ? new TreeSet<>() : new TreeSet<>(Arrays.asList(names.split(",")));
  }

  /** A row of a version before has no {@code prices_from}: it knew traded and carried minutes only. */
  private static SortedSet<String> pricesFrom(String names, int traded, int carried, SortedSet<String> sources) {
    SortedSet<String> from = split(names);
    if (from.isEmpty() && traded > 0) {
      from.add(TRADES);
      if (sources.stream().anyMatch(Sources::mixesQuotes)) {
        from.add(QUOTES);
      }
    } else if (from.isEmpty() && carried > 0) {
      from.add(CARRIED);
    }
    return from;
  }

  static Candle of(Fields fields, Row row) {
    SortedSet<String> sources = split(fields.text(row, "sources"));
    int traded = fields.count(row, "minutes_traded");
    int carried = fields.count(row, "minutes_carried");
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
        traded,
        fields.count(row, "minutes_quoted"),
        carried,
        fields.count(row, "minutes_missing"),
        fields.flag(row, "closed"),
        pricesFrom(fields.text(row, "prices_from"), traded, carried, sources),
        sources);
  }
}
