package io.cryptodm.layers;

import io.cryptodm.tables.rows.Row;
import java.util.List;

/** A row of a table of the layers, which knows the values of its columns by their names. */
interface LayerRow {
  /** In Iceberg's internal form; null for a column that it does not know. */
  Object value(String column);

  default Row toRow(List<String> columns) {
    Object[] values = new Object[columns.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = value(columns.get(i));
    }
    return Row.of(values);
  }
}
