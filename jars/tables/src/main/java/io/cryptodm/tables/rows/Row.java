package io.cryptodm.tables.rows;

import org.apache.iceberg.StructLike;

/**
 * One row for a table: values in the order of the table's columns and in Iceberg's internal form (timestamptz as microseconds since 1970,
 * date as days since 1970, decimal as BigDecimal of the column's scale), with the partition and offset of its record in the topic.
 */
public final class Row implements StructLike {
  private final Object[] values;
  private final int partition;
  private final long offset;

  /** @param partition of the topic, or -1 when the row comes from no topic */
  public Row(Object[] values, int partition, long offset) {
    this.values = values;
    this.partition = partition;
    this.offset = offset;
  }

  public static Row of(Object... values) {
    return new Row(values, -1, -1);
  }

  public int partition() {
    return partition;
  }

  public long offset() {
    return offset;
  }

  public Object value(int column) {
    return values[column];
  }

  @Override
  public int size() {
    return values.length;
  }

  @Override
  public <T> T get(int column, Class<T> type) {
    return type.cast(values[column]);
  }

  @Override
  public <T> void set(int column, T value) {
    values[column] = value;
  }
}
