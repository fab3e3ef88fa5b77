package io.cryptodm.tables.rows;

import java.util.Comparator;
import java.util.List;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortField;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.types.Types;

/** The order of rows in a sorted file: the declared columns ascending, nulls first. */
public final class RowOrder {
  private RowOrder() {}

  public static Comparator<Row> of(Schema schema, SortOrder sort) {
    List<String> names = schema.columns().stream().map(Types.NestedField::name).toList();
    Comparator<Row> comparator = (left, right) -> 0;
    for (SortField field : sort.fields()) {
      int column = names.indexOf(schema.findColumnName(field.sourceId()));
      comparator = comparator.thenComparing((left, right) -> compare(left.value(column), right.value(column)));
    }
    return comparator;
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  public static int compare(Object left, Object right) {
    if (left == null || right == null) {
      return left == right ? 0 : left == null ? -1 : 1;
    }
    if (left instanceof CharSequence || right instanceof CharSequence) {
      return left.toString().compareTo(right.toString());
    }
    return ((Comparable) left).compareTo(right);
  }
}
