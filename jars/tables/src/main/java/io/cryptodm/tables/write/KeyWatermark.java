package io.cryptodm.tables.write;

import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.RowOrder;

/** What tells without a look at the files that a table holds no row of a key. */
interface KeyWatermark {
  /**
   * The limit of a row's prefix.
   *
   * @param row only the columns of the prefix are looked at
   */
  Limit limitOf(Row row);

  /**
   * What no key of one prefix exceeds in its order column.
   *
   * @param unknown nothing is known, so that any key may be there
   * @param highest null if no key is there
   */
  record Limit(boolean unknown, Object highest) {
    static final Limit UNKNOWN = new Limit(true, null);
    static final Limit NOTHING = new Limit(false, null);

    static Limit of(Object highest) {
      return highest == null ? NOTHING : new Limit(false, highest);
    }

    /** True if every key of the prefix is lower than this one; false says nothing. */
    boolean isBelow(Object order) {
      return !unknown && (highest == null || compare(order, highest) > 0);
    }

    /** The same of whole numbers: a number that is higher is above every key. */
    long number() {
      return unknown ? Long.MAX_VALUE : highest == null ? Long.MIN_VALUE : ((Number) highest).longValue();
    }

    /** The higher of both. */
    Limit or(Limit other) {
      if (unknown || other.unknown) {
        return UNKNOWN;
      }
      return highest == null || other.highest != null && compare(other.highest, highest) > 0 ? other : this;
    }

    /** A table may number its rows with short integers. */
    private static int compare(Object left, Object right) {
      return left instanceof Number one && right instanceof Number two ? Long.compare(one.longValue(), two.longValue()) : RowOrder.compare(left, right);
    }
  }
}
