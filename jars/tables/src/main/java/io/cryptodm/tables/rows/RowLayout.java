package io.cryptodm.tables.rows;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/** Where in a row the key, its time-like order, the rank and the judged values are. */
public final class RowLayout {
  private final Schema schema;
  private final int[] key;
  private final int[] judged;
  private final int[] prefix;
  private final int order;
  private final int rank;
  private final Comparator<Row> sorting;

  public RowLayout(Schema schema, SortOrder sort, UpsertRule rule) {
    this.schema = schema;
    List<String> names = schema.columns().stream().map(Types.NestedField::name).toList();
    // Column order decides, not the set's: the digest of a key must not depend on the order of a hash set.
    this.key = columns(names.stream().filter(schema.identifierFieldNames()::contains).toList(), names);
    if (key.length == 0) {
      throw new IllegalArgumentException("A keyed table needs identifier columns: " + names);
    }
    this.judged = columns(names.stream().filter(name -> !rule.unjudged().contains(name)).toList(), names);
    this.order = orderColumn();
    this.prefix = Arrays.stream(key).filter(column -> column != order).toArray();
    this.rank = names.indexOf(rule.rank());
    this.sorting = RowOrder.of(schema, sort);
  }

  private int[] columns(List<String> wanted, List<String> names) {
    return wanted.stream().mapToInt(names::indexOf).toArray();
  }

  /** The identifier column that grows as time goes: a timestamp if the key has one, else its last column. */
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
    return Digest.of(row, judged).low();
  }

  /** The key without its time-like column, digested: rows of one prefix arrive nearly in order. */
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

  /** Columns of the key beside the time-like one. */
  public int[] prefixColumns() {
    return prefix;
  }

  public Types.NestedField field(int column) {
    return schema.columns().get(column);
  }
}
