package io.cryptodm.optimize;

import io.cryptodm.tables.origin.ForeignCommits;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.function.Predicate;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.TableScan;
import org.apache.iceberg.io.CloseableIterable;

/** A table as the planners of rewrites see it: without the files of other engines' commits that nobody has dealt with. */
final class RewritableTable {
  private RewritableTable() {}

  /** The table itself if there are no such commits. */
  static Table of(Table table, ForeignCommits foreign) {
    return foreign.isEmpty() ? table : new Hiding(((HasTableOperations) table).operations(), table.name(), foreign::touched);
  }

  private static final class Hiding extends BaseTable {
    private static final long serialVersionUID = 1L;

    private final transient Predicate<FileScanTask> hidden;

    Hiding(TableOperations operations, String name, Predicate<FileScanTask> hidden) {
      super(operations, name);
      this.hidden = hidden;
    }

    @Override
    public TableScan newScan() {
      return without(super.newScan());
    }

    /** Each refinement of a scan gives a new one. */
    private TableScan without(TableScan scan) {
      return (TableScan)
          Proxy.newProxyInstance(
              TableScan.class.getClassLoader(),
              new Class<?>[] {TableScan.class},
              (proxy, method, args) -> {
                try {
                  if (method.getName().equals("planFiles")) {
                    return CloseableIterable.filter(scan.planFiles(), task -> !hidden.test(task));
                  }
                  Object result = method.invoke(scan, args);
                  return result instanceof TableScan refined ? without(refined) : result;
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              });
    }
  }
}
