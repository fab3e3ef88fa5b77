package io.cryptodm.tables;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.apache.iceberg.Table;

/** A table in which something happens once, just before the first transaction begins on what was planned. */
final class InterruptedTable {
  private final Table table;
  private final Runnable interruption;
  private boolean happened;

  InterruptedTable(Table table, Runnable interruption) {
    this.table = table;
    this.interruption = interruption;
  }

  Table proxy() {
    return (Table)
        Proxy.newProxyInstance(
            Table.class.getClassLoader(),
            new Class<?>[] {Table.class, org.apache.iceberg.HasTableOperations.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("newTransaction") && !happened) {
                happened = true;
                interruption.run();
              }
              try {
                return method.invoke(table, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
