package io.cryptodm.layers;

import io.cryptodm.tables.rows.Row;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads values of a row by column name. */
final class Fields {
  private final Map<String, Integer> places = new HashMap<>();

  /** So that all rows of a coin share one object of it. */
  private final Map<Coin, Coin> coins = new HashMap<>();

  private final CoinNames names;

  Fields(List<String> columns) {
    this(columns, CoinNames.NONE);
  }

  /** @param names under which {@link #coin} gives the coins of rows */
  Fields(List<String> columns, CoinNames names) {
    this.names = names;
    columns.forEach(column -> places.put(column, places.size()));
  }

  private Object value(Row row, String column) {
    Integer place = places.get(column);
    if (place == null) {
      throw new IllegalStateException("The table has no column " + column + ": run \"cryptodm tables create\", which adds it");
    }
    return row.value(place);
  }

  String text(Row row, String column) {
    Object value = value(row, column);
    return value == null ? null : value.toString();
  }

  BigDecimal decimal(Row row, String column) {
    return (BigDecimal) value(row, column);
  }

  Long number(Row row, String column) {
    return (Long) value(row, column);
  }

  /** 0 in a row that is older than the column. */
  int count(Row row, String column) {
    Integer count = (Integer) value(row, column);
    return count == null ? 0 : count;
  }

  boolean flag(Row row, String column) {
    return (Boolean) value(row, column);
  }

  /** Null in a row without it. */
  Boolean optionalFlag(Row row, String column) {
    return (Boolean) value(row, column);
  }

  Long optionalMinute(Row row, String column) {
    Long micros = number(row, column);
    return micros == null ? null : Long.valueOf(EpochMinutes.ofMicros(micros));
  }

  long minute(Row row, String column) {
    return EpochMinutes.ofMicros(number(row, column));
  }

  /** The coin under its newest name. */
  Coin coin(Row row) {
    return coins.computeIfAbsent(named(row), names::newest);
  }

  /** The coin as the row names it. */
  Coin named(Row row) {
    return new Coin(text(row, "asset_id"), text(row, "asset_type"));
  }
}
