package io.cryptodm.tables;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.RejectedExecutionException;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableOperations;

/** A table whose commits end in an exception that does not say whether they were made. */
public final class FailingTable {
  private FailingTable() {}

  /** Each commit fails and changes nothing. */
  public static Table beforeCommits(Table table) {
    return failing(table, false);
  }

  /** Each commit is made and fails then, as when Iceberg's threads end with the process. */
  public static Table afterCommits(Table table) {
    return failing(table, true);
  }

  private static Table failing(Table table, boolean committed) {
    TableOperations real = ((HasTableOperations) table).operations();
    Object failing =
        Proxy.newProxyInstance(
            TableOperations.class.getClassLoader(),
            new Class<?>[] {TableOperations.class},
            (proxy, called, arguments) -> {
              boolean isCommit = called.getName().equals("commit");
              try {
                Object result = isCommit && !committed ? null : called.invoke(real, arguments);
                if (isCommit) {
                  throw new RejectedExecutionException(committed ? "after the commit" : "before the commit");
                }
                return result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
    return new BaseTable((TableOperations) failing, table.name());
  }
}
