package io.cryptodm.tables.catalog;

import io.cryptodm.contracts.Spec;
import io.cryptodm.tables.origin.ForeignCommits;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.iceberg.PartitionField;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortField;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.UpdateProperties;
import org.apache.iceberg.UpdateSchema;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.NoSuchIcebergTableException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.TypeUtil;
import org.apache.iceberg.types.Types;

/** Creates the declared tables and evolves the existing ones. Nothing is ever dropped: a column that is no longer declared stays. */
public final class DeclaredTables {
  /** Properties that Iceberg stores in the metadata itself and not among a table's properties. */
  private static final Set<String> RESERVED = Set.of(TableProperties.FORMAT_VERSION);

  /** Lists the columns that are optional only because they were declared after the first rows; comma-separated. */
  private static final String ADDED_COLUMNS = "cryptodm.columns-added";

  private final Catalog catalog;

  public DeclaredTables(Catalog catalog) {
    this.catalog = catalog;
  }

  /**
   * Creates or evolves every table so that it matches its declaration.
   *
   * @throws RefusedEvolution for the first table that cannot be evolved; all are checked before any is changed
   */
  public List<TableChange> apply(List<Spec.Table> declared) {
    Map<Spec.Table, Table> existing = new HashMap<>();
    for (Spec.Table table : declared) {
      try {
        Table found = catalog.loadTable(LakeCatalog.identifier(table.name()));
        refuseIncompatible(table, found);
        existing.put(table, found);
      } catch (NoSuchIcebergTableException e) {
        throw new RefusedEvolution(table.name(), "", "the catalog has an entry of this name that is no Iceberg table");
      } catch (NoSuchTableException e) {
        // Created below.
      }
    }
    List<TableChange> changes = new ArrayList<>();
    for (Spec.Table table : declared) {
      Table found = existing.get(table);
      changes.add(found == null ? create(table) : evolve(table, found));
    }
    return changes;
  }

  private TableChange create(Spec.Table declared) {
    TableIdentifier identifier = LakeCatalog.identifier(declared.name());
    createNamespace(identifier.namespace());
    TableShape shape = TableShape.of(declared);
    try {
      catalog
          .buildTable(identifier, shape.schema())
          .withPartitionSpec(shape.partition())
          .withSortOrder(shape.sort())
          .withProperties(declared.properties())
          .withProperty(ForeignCommits.MARKED_FROM, "0")
          .create();
      return new TableChange(declared.name(), "created", List.of());
    } catch (AlreadyExistsException e) {
      // Another process has created it in the meantime.
      Table found = catalog.loadTable(identifier);
      refuseIncompatible(declared, found);
      return evolve(declared, found);
    }
  }

  private void createNamespace(Namespace namespace) {
    if (catalog instanceof SupportsNamespaces namespaces && !namespaces.namespaceExists(namespace)) {
      try {
        namespaces.createNamespace(namespace);
      } catch (AlreadyExistsException e) {
        // Another process has created it in the meantime.
      }
    }
  }

  private static TableChange evolve(Spec.Table declared, Table table) {
    Transaction transaction = table.newTransaction();
    List<String> added = new ArrayList<>();
    boolean changed = evolveColumns(declared, table.schema(), transaction, added);
    changed |= evolveSort(declared, table, transaction);
    changed |= evolveProperties(declared, table, added, transaction);
    if (changed) {
      transaction.commitTransaction();
    }
    return new TableChange(declared.name(), changed ? "evolved" : "unchanged", added);
  }

  private static boolean evolveColumns(Spec.Table declared, Schema schema, Transaction transaction, List<String> added) {
    List<Consumer<UpdateSchema>> edits = new ArrayList<>();
    for (Spec.Column column : declared.columns()) {
      Types.NestedField field = schema.findField(column.name());
      Type type = TableShape.type(declared.name(), column);
      String doc = emptyToNull(column.doc());
      if (field == null) {
        // Optional, whatever the declaration says: existing rows have no value for it.
        edits.add(update -> update.addColumn(column.name(), type, doc));
        added.add(column.name());
        continue;
      }
      if (!field.type().equals(type)) {
        edits.add(update -> update.updateColumn(column.name(), type.asPrimitiveType()));
      }
      if (field.isRequired() && !column.required()) {
        edits.add(update -> update.makeColumnOptional(column.name()));
      }
      if (!Objects.equals(field.doc(), doc)) {
        edits.add(update -> update.updateColumnDoc(column.name(), doc));
      }
    }
    if (edits.isEmpty()) {
      return false;
    }
    // A transaction refuses an update that was opened and not committed, so none is opened without edits.
    UpdateSchema update = transaction.updateSchema();
    edits.forEach(edit -> edit.accept(update));
    update.commit();
    return true;
  }

  private static String emptyToNull(String text) {
    return text == null || text.isEmpty() ? null : text;
  }

  private static boolean evolveSort(Spec.Table declared, Table table, Transaction transaction) {
    if (sortColumns(table.sortOrder(), table.schema()).equals(declared.sort())) {
      return false;
    }
    var update = transaction.replaceSortOrder();
    declared.sort().forEach(update::asc);
    update.commit();
    return true;
  }

  private static List<String> sortColumns(SortOrder sort, Schema schema) {
    return sort.fields().stream().map(SortField::sourceId).map(schema::findColumnName).toList();
  }

  private static boolean evolveProperties(
      Spec.Table declared, Table table, List<String> added, Transaction transaction) {
    Map<String, String> existing = table.properties();
    Map<String, String> edits = new TreeMap<>();
    declared.properties().forEach(
        (name, value) -> {
          if (!RESERVED.contains(name) && !value.equals(existing.get(name))) {
            edits.put(name, value);
          }
        });
    if (!existing.containsKey(ForeignCommits.MARKED_FROM)) {
      long present = table.currentSnapshot() == null ? 0 : table.currentSnapshot().sequenceNumber();
      edits.put(ForeignCommits.MARKED_FROM, Long.toString(present));
    }
    if (!added.isEmpty()) {
      Set<String> all = new TreeSet<>(added);
      all.addAll(columnsAdded(existing));
      edits.put(ADDED_COLUMNS, String.join(",", all));
    }
    if (edits.isEmpty()) {
      return false;
    }
    UpdateProperties update = transaction.updateProperties();
    edits.forEach(update::set);
    update.commit();
    return true;
  }

  private static List<String> columnsAdded(Map<String, String> properties) {
    String names = properties.getOrDefault(ADDED_COLUMNS, "");
    return names.isEmpty() ? List.of() : List.of(names.split(","));
  }

  private static void refuseIncompatible(Spec.Table declared, Table table) {
    Schema schema = table.schema();
    for (Spec.Column column : declared.columns()) {
      Types.NestedField field = schema.findField(column.name());
      if (field == null) {
        if (declared.identifier().contains(column.name())) {
          throw new RefusedEvolution(
              declared.name(), column.name(), "a new column cannot belong to the identifier, since existing rows have no value for it");
        }
        continue;
      }
      Type type = TableShape.type(declared.name(), column);
      if (!field.type().equals(type) && !TypeUtil.isPromotionAllowed(field.type(), type.asPrimitiveType())) {
        throw new RefusedEvolution(
            declared.name(), column.name(), "its type is " + field.type() + " and cannot become " + type + "; allowed are int to long, "
                + "float to double, and a decimal of more digits with the same scale");
      }
      if (field.isOptional() && column.required() && !columnsAdded(table.properties()).contains(column.name())) {
        throw new RefusedEvolution(declared.name(), column.name(), "it is optional and cannot become required");
      }
    }
    Set<String> identifier = new HashSet<>(declared.identifier());
    if (!schema.identifierFieldNames().equals(identifier)) {
      throw new RefusedEvolution(
          declared.name(), "", "its identifier is " + sorted(schema.identifierFieldNames()) + " and cannot become " + sorted(identifier));
    }
    refuseOtherPartitions(declared, table);
  }

  private static void refuseOtherPartitions(Spec.Table declared, Table table) {
    List<String> existing = partitionText(table.spec(), table.schema());
    List<String> wanted = declared.partition().stream().map(field -> field.transform() + "(" + field.column() + ")").toList();
    if (!existing.equals(wanted)) {
      String column = declared.partition().isEmpty() ? "" : declared.partition().get(0).column();
      throw new RefusedEvolution(declared.name(), column, "its partitioning is " + existing + " and cannot become " + wanted);
    }
  }

  private static List<String> partitionText(PartitionSpec spec, Schema schema) {
    return spec.fields().stream()
        .filter(field -> !field.transform().isVoid())
        .map((PartitionField field) -> field.transform() + "(" + schema.findColumnName(field.sourceId()) + ")")
        .toList();
  }

  private static List<String> sorted(Set<String> names) {
    return names.stream().sorted().toList();
  }
}
