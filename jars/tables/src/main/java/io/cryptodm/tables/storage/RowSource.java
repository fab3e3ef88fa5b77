package io.cryptodm.tables.storage;

import io.cryptodm.tables.rows.Row;
import java.io.Closeable;
import java.util.List;

/** Gives rows one after the other. */
public interface RowSource extends Closeable {
  /** Moves to the next row. @return false when there is none */
  boolean advance();

  /** The present row. */
  Row row();

  /** Rows of the file up to this one, with those that are not passed on. */
  long passed();

  @Override
  void close();

  /** Rows in memory. */
  static RowSource of(List<Row> rows) {
    return new RowSource() {
      private int at = -1;

      @Override
      public boolean advance() {
        return ++at < rows.size();
      }

      @Override
      public Row row() {
        return rows.get(at);
      }

      @Override
      public long passed() {
        return Math.min(at + 1, rows.size());
      }

      @Override
      public void close() {}
    };
  }
}
