package io.cryptodm.layers;

import io.cryptodm.tables.rows.Row;
import java.util.List;

/** A row of a silver or gold table, which gives its values by column name. */
interface LayerRow {
  /** The value in Iceberg's internal form; null for an unknown column. */
  Object value(String column);

  default Row toRow(List<String> columns) {
    Object[] values = new Object[columns.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = value(columns.get(i));
    }
    return Row.of(values);
  }
}
