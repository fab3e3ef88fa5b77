package io.cryptodm.tables.write;

import io.cryptodm.tables.rows.Row;

/** What tells without a look at the files that a table holds no row of a key. */
interface KeyWatermark {
  /** True if the key of the row is above every key that the table may hold in its place; false says nothing. */
  boolean isBelow(Row row);
}
