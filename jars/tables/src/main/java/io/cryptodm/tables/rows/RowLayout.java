package io.cryptodm.tables.rows;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/** Which columns of a row make its key, its order in time, its rank and its compared values. */
public final class RowLayout {
  private final Schema schema;
  private final int[] key;
  private final int[] compared;
  private final int[] prefix;
  private final int order;
  private final int rank;
  private final Comparator<Row> sorting;

  public RowLayout(Schema schema, SortOrder sort, UpsertRule rule) {
    this.schema = schema;
    List<String> names = schema.columns().stream().map(Types.NestedField::name).toList();
    // In the order of the columns: the digest of a key must not depend on the order of a hash set.
    this.key = columns(names.stream().filter(schema.identifierFieldNames()::contains).toList(), names);
    if (key.length == 0) {
      throw new IllegalArgumentException("The table has no identifier columns among " + names + ": declare its key in the spec");
    }
    this.compared = columns(names.stream().filter(name -> !rule.ignored().contains(name)).toList(), names);
    this.order = orderColumn();
    this.prefix = Arrays.stream(key).filter(column -> column != order).toArray();
    this.rank = names.indexOf(rule.rank());
    this.sorting = RowOrder.of(schema, sort);
  }

  private int[] columns(List<String> wanted, List<String> names) {
    return wanted.stream().mapToInt(names::indexOf).toArray();
  }

  /** The identifier column that grows with time: a timestamp if the key has one, else its last column. */
  private int orderColumn() {
    return Arrays.stream(key)
        .filter(column -> schema.columns().get(column).type().typeId() == Type.TypeID.TIMESTAMP)
        .findFirst()
        .orElse(key[key.length - 1]);
  }

  public Schema schema() {
    return schema;
  }

  public Digest keyOf(Row row) {
    return Digest.of(row, key);
  }

  public long valuesOf(Row row) {
    return Digest.of(row, compared).low();
  }

  /** Digest of the key without its time column: rows of one prefix arrive nearly in order of time. */
  public long prefixOf(Row row) {
    return Digest.of(row, prefix).low();
  }

  public Object orderOf(StructLike row) {
    return row.get(order, Object.class);
  }

  public long rankOf(Row row) {
    return rank < 0 ? 0 : (Long) row.value(rank);
  }

  public Comparator<Row> sorting() {
    return sorting;
  }

  public Types.NestedField orderField() {
    return schema.columns().get(order);
  }

  /** Columns of the key other than the time column. */
  public int[] prefixColumns() {
    return prefix;
  }

  public Types.NestedField field(int column) {
    return schema.columns().get(column);
  }
}
