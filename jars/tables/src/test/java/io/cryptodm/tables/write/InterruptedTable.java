package io.cryptodm.tables.write;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.apache.iceberg.Table;

/** A table that runs a task once: just before the n-th transaction begins, or just after its commit. */
final class InterruptedTable {
  private final Table table;
  private final String method;
  private final int transactions;
  private final Runnable interruption;
  private int begun;
  private boolean happened;

  private InterruptedTable(Table table, String method, int transactions, Runnable interruption) {
    this.table = table;
    this.method = method;
    this.transactions = transactions;
    this.interruption = interruption;
  }

  /** @param transaction number of the transaction, from 1 */
  static InterruptedTable before(int transaction, Table table, Runnable interruption) {
    return new InterruptedTable(table, "newTransaction", transaction - 1, interruption);
  }

  /** Runs the task before the committer reads the table again. @param transaction number of the transaction, from 1 */
  static InterruptedTable after(int transaction, Table table, Runnable interruption) {
    return new InterruptedTable(table, "currentSnapshot", transaction, interruption);
  }

  Table proxy() {
    return (Table)
        Proxy.newProxyInstance(
            Table.class.getClassLoader(),
            new Class<?>[] {Table.class, org.apache.iceberg.HasTableOperations.class},
            (proxy, called, arguments) -> {
              if (called.getName().equals(method) && begun == transactions && !happened) {
                happened = true;
                interruption.run();
              }
              begun += called.getName().equals("newTransaction") ? 1 : 0;
              try {
                return called.invoke(table, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
