package io.cryptodm.tables.rows;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortField;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/** Which columns of a row make its key, its order in time, its rank and its compared values. */
public final class RowLayout {
  private static final Set<Type.TypeID> NUMBERS = Set.of(Type.TypeID.INTEGER, Type.TypeID.LONG);
  private static final Set<Type.TypeID> READABLE = Set.of(Type.TypeID.STRING, Type.TypeID.INTEGER, Type.TypeID.LONG);

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
    this.order = orderColumn(sort);
    this.prefix = Arrays.stream(key).filter(column -> column != order).toArray();
    this.rank = names.indexOf(rule.rank());
    this.sorting = RowOrder.of(schema, sort);
  }

  private int[] columns(List<String> wanted, List<String> names) {
    return wanted.stream().mapToInt(names::indexOf).toArray();
  }

  /** The identifier column that grows with time: a timestamp if the key has one, else the one that is sorted by last. */
  private int orderColumn(SortOrder sort) {
    return Arrays.stream(key)
        .filter(column -> typeOf(column) == Type.TypeID.TIMESTAMP)
        .findFirst()
        .orElseGet(
            () ->
                sort.fields().stream()
                    .map(SortField::sourceId)
                    .flatMap(id -> Arrays.stream(key).boxed().filter(column -> field(column).fieldId() == id))
                    .reduce((earlier, later) -> later)
                    .orElse(key[key.length - 1]));
  }

  private Type.TypeID typeOf(int column) {
    return field(column).type().typeId();
  }

  /**
   * True if the key numbers the rows of each prefix, as the ids of trades number those of a pair: the highest number of one prefix says nothing of
   * those of another.
   */
  public boolean isNumberedByPrefix() {
    return prefix.length > 0 && NUMBERS.contains(typeOf(order)) && Arrays.stream(prefix).allMatch(column -> READABLE.contains(typeOf(column)));
  }

  /** True if the order column holds long integers, as those of instants. */
  public boolean isOrderedByNumber() {
    return typeOf(order) == Type.TypeID.LONG || typeOf(order) == Type.TypeID.TIMESTAMP;
  }

  /** True if the order column holds texts. */
  public boolean isOrderedByText() {
    return typeOf(order) == Type.TypeID.STRING;
  }

  /** A row with nothing but the columns of a key. */
  public Row keyRow(Object[] prefixValues, Object orderValue) {
    Object[] values = new Object[schema.columns().size()];
    for (int i = 0; i < prefix.length; i++) {
      values[prefix[i]] = prefixValues[i];
    }
    values[order] = orderValue;
    return new Row(values, -1, -1);
  }

  /** The key without its order column: texts and long integers. Only where {@link #isNumberedByPrefix()}. */
  public List<Object> prefixValuesOf(Row row) {
    Object[] values = new Object[prefix.length];
    for (int i = 0; i < values.length; i++) {
      Object value = row.value(prefix[i]);
      values[i] = value instanceof Number number ? (Object) number.longValue() : value.toString();
    }
    return List.of(values);
  }

  /** The number of a row within its prefix. Only where {@link #isNumberedByPrefix()}. */
  public long numberOf(Row row) {
    return ((Number) row.value(order)).longValue();
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

  /** Names of the columns of the key, the order column last. */
  public List<String> prefixAndOrder() {
    return IntStream.concat(Arrays.stream(prefix), IntStream.of(order)).mapToObj(column -> field(column).name()).toList();
  }

  /** Columns of the key other than the time column. */
  public int[] prefixColumns() {
    return prefix;
  }

  public Types.NestedField field(int column) {
    return schema.columns().get(column);
  }
}
