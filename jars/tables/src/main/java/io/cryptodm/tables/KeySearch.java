package io.cryptodm.tables;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Table;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.CloseableIterable;

/** Looks for keys in the table itself, reading only the files and row groups whose bounds leave room for them. */
final class KeySearch {
  /** More values than these in one filter cost more than they save. */
  private static final int MAX_LISTED = 200;

  private final Table table;
  private final RowLayout layout;
  private final TableFiles files;

  KeySearch(Table table, RowLayout layout, TableFiles files) {
    this.table = table;
    this.layout = layout;
    this.files = files;
  }

  /** Takes a row that was found. */
  interface Finding {
    void found(Digest key, Row row, FileScanTask task, int position);
  }

  /** Takes each file that was read, with the number of its rows that no delete has taken away. */
  interface Reading {
    void read(FileScanTask task, long liveRows);
  }

  void search(Map<Digest, Row> wanted, Finding finding, Reading reading) {
    if (wanted.isEmpty()) {
      return;
    }
    for (FileScanTask task : plan(filter(wanted.values()))) {
      long live =
          files.read(
              task,
              (row, position) -> {
                Digest key = layout.keyOf(row);
                if (wanted.containsKey(key)) {
                  finding.found(key, row, task, (int) position);
                }
              });
      reading.read(task, live);
    }
  }

  List<FileScanTask> plan(Expression filter) {
    List<FileScanTask> tasks = new ArrayList<>();
    try (CloseableIterable<FileScanTask> planned = table.newScan().filter(filter).planFiles()) {
      planned.forEach(tasks::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return tasks;
  }

  private Expression filter(Collection<Row> rows) {
    Object lowest = null;
    Object highest = null;
    for (Row row : rows) {
      Object order = layout.orderOf(row);
      lowest = lowest == null || RowOrder.compare(order, lowest) < 0 ? order : lowest;
      highest = highest == null || RowOrder.compare(order, highest) > 0 ? order : highest;
    }
    String order = layout.orderField().name();
    Expression filter = Expressions.and(Expressions.greaterThanOrEqual(order, lowest), Expressions.lessThanOrEqual(order, highest));
    for (int column : layout.prefixColumns()) {
      Set<Object> listed = listed(rows, column);
      if (listed.size() <= MAX_LISTED) {
        filter = Expressions.and(filter, Expressions.in(layout.field(column).name(), listed.toArray()));
      }
    }
    return filter;
  }

  private static Set<Object> listed(Collection<Row> rows, int column) {
    Set<Object> values = new HashSet<>();
    for (Row row : rows) {
      values.add(row.value(column));
      if (values.size() > MAX_LISTED) {
        break;
      }
    }
    return values;
  }
}
