package io.cryptodm.tables.catalog;

import io.cryptodm.contracts.Spec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/** A declared table as Iceberg's schema, partition spec and sort order. */
record TableShape(Schema schema, PartitionSpec partition, SortOrder sort) {

  /** @throws IllegalArgumentException naming the table and the column that is wrong */
  static TableShape of(Spec.Table table) {
    List<Types.NestedField> fields = new ArrayList<>();
    Set<Integer> identifier = new HashSet<>();
    for (Spec.Column column : table.columns()) {
      int id = fields.size() + 1;
      fields.add(
          Types.NestedField.builder()
              .withId(id)
              .withName(column.name())
              .isOptional(!column.required())
              .ofType(type(table.name(), column))
              .withDoc(column.doc() == null || column.doc().isEmpty() ? null : column.doc())
              .build());
      if (table.identifier().contains(column.name())) {
        identifier.add(id);
      }
    }
    Schema schema = new Schema(fields, identifier);
    return new TableShape(schema, partition(table, schema), sort(table.sort(), schema));
  }

  static Type type(String table, Spec.Column column) {
    try {
      return Types.fromPrimitiveString(column.type());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "Table " + table + ", column " + column.name() + ": unknown type " + column.type() + "; allowed are the primitive types of Iceberg", e);
    }
  }

  private static PartitionSpec partition(Spec.Table table, Schema schema) {
    PartitionSpec.Builder builder = PartitionSpec.builderFor(schema);
    for (Spec.PartitionField field : table.partition()) {
      switch (field.transform()) {
        case "identity" -> builder.identity(field.column());
        case "hour" -> builder.hour(field.column());
        case "day" -> builder.day(field.column());
        case "month" -> builder.month(field.column());
        case "year" -> builder.year(field.column());
        default -> throw new IllegalArgumentException(
            "Table " + table.name() + ", column " + field.column() + ": unknown partition transform " + field.transform()
                + "; allowed are identity, hour, day, month, year");
      }
    }
    return builder.build();
  }

  static SortOrder sort(List<String> columns, Schema schema) {
    SortOrder.Builder builder = SortOrder.builderFor(schema);
    columns.forEach(builder::asc);
    return builder.build();
  }
}
