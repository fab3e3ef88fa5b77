package io.cryptodm.tables.compact;

import io.cryptodm.tables.rows.Row;
import java.math.BigDecimal;

/** Lets rows in memory share equal texts and decimals that come shortly after one another, such as the name of a coin. For one thread. */
final class ValuePool {
  private final Object[] recent = new Object[1 << 12];

  /** Replaces values by equal ones of earlier rows. */
  void share(Row row) {
    for (int i = 0; i < row.size(); i++) {
      row.set(i, share(row.value(i)));
    }
  }

  private Object share(Object value) {
    if (!(value instanceof String || value instanceof BigDecimal)) {
      return value;
    }
    int hash = value.hashCode() * 0x9E3779B9;
    int slot = hash >>> 20;
    if (value.equals(recent[slot])) {
      return recent[slot];
    }
    recent[slot] = value;
    return value;
  }
}
