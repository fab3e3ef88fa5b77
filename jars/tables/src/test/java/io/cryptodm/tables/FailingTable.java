package io.cryptodm.tables;

import io.cryptodm.tables.storage.ForwardedOperations;
import java.util.concurrent.RejectedExecutionException;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.exceptions.CommitStateUnknownException;

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

  /** The first commit is made, and nobody knows. */
  public static Table unknownOnce(Table table) {
    TableOperations real = ((HasTableOperations) table).operations();
    TableOperations failing =
        new ForwardedOperations(real) {
          private boolean failed;

          @Override
          public void commit(TableMetadata base, TableMetadata metadata) {
            real.commit(base, metadata);
            if (!failed) {
              failed = true;
              throw new CommitStateUnknownException(new IllegalStateException("after the commit"));
            }
          }
        };
    return new BaseTable(failing, table.name());
  }

  private static Table failing(Table table, boolean committed) {
    TableOperations real = ((HasTableOperations) table).operations();
    TableOperations failing =
        new ForwardedOperations(real) {
          @Override
          public void commit(TableMetadata base, TableMetadata metadata) {
            if (committed) {
              real.commit(base, metadata);
            }
            throw new RejectedExecutionException(committed ? "after the commit" : "before the commit");
          }
        };
    return new BaseTable(failing, table.name());
  }
}
