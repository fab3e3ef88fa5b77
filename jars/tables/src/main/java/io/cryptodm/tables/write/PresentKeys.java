package io.cryptodm.tables.write;

import io.cryptodm.tables.rows.RowLayout;
import io.cryptodm.tables.rows.UpsertRule;
import io.cryptodm.tables.storage.TableFiles;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.expressions.Expressions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The {@link HighestKeys} of a table's present state: its property, and the keys of the files that the property does not cover. */
final class PresentKeys {
  /** Reading the key columns of as many rows takes some seconds. */
  static final long MOST_ROWS = 10_000_000;

  private static final Logger LOG = LoggerFactory.getLogger(PresentKeys.class);

  private PresentKeys() {}

  /**
   * As the table was when it was last refreshed; empty for a table whose keys are not numbered by prefix, and where finding out would take too long.
   *
   * @param mostRows so many rows are read at most
   */
  static Optional<HighestKeys> of(Table table, RowLayout layout, long mostRows) {
    if (!layout.isNumberedByPrefix()) {
      return Optional.empty();
    }
    Snapshot current = table.currentSnapshot();
    if (current == null) {
      return Optional.of(HighestKeys.none(layout));
    }
    try {
      Optional<HighestKeys.Stated> stated = HighestKeys.parse(table.properties().get(HighestKeys.PROPERTY), layout);
      UncoveredFiles uncovered = UncoveredFiles.of(table, stated);
      if (uncovered.rows() > mostRows) {
        LOG.warn(
            "{}: the property {} does not cover {} rows, more than are read for it: many new rows are looked up in the files of the table",
            table.name(), HighestKeys.PROPERTY, uncovered.rows());
        return Optional.empty();
      }
      HighestKeys covered = uncovered.whole() ? HighestKeys.none(layout) : stated.orElseThrow().keys();
      HighestKeys present = covered.with(highest(table, layout, uncovered.files()));
      return Optional.of(uncovered.unbroken() ? present : present.since(current.sequenceNumber()));
    } catch (NotFoundException e) {
      // A damaged table is still written: its look-ups read only the files that may hold a key.
      LOG.warn("{}: a file is missing, so the highest key of each prefix is unknown: {}", table.name(), e.getMessage());
      return Optional.empty();
    }
  }

  private static Map<List<Object>, Long> highest(Table table, RowLayout layout, Collection<DataFile> files) {
    List<DataFile> list = List.copyOf(files);
    Schema keys = new Schema(table.schema().select(layout.prefixAndOrder()).columns(), table.schema().identifierFieldIds());
    TableFiles reader = new TableFiles(table, keys);
    RowLayout ofKeys = new RowLayout(keys, table.sortOrder(), UpsertRule.FACTS);
    Map<List<Object>, Long> highest = new HashMap<>();
    Parallel.forEach(
        list.size(),
        i -> {
          Map<List<Object>, Long> its = new HashMap<>();
          reader.readAll(list.get(i), Expressions.alwaysTrue(), row -> its.merge(ofKeys.prefixValuesOf(row), ofKeys.numberOf(row), Math::max));
          synchronized (highest) {
            its.forEach((prefix, number) -> highest.merge(prefix, number, Math::max));
          }
        });
    return highest;
  }
}
