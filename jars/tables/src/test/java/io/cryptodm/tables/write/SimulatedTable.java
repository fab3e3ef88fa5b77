package io.cryptodm.tables.write;

import io.cryptodm.tables.storage.ForwardedOperations;
import java.lang.reflect.Field;
import java.time.Clock;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;

/** A table whose commits carry the time of a simulated clock: Iceberg itself takes the system's. */
final class SimulatedTable {
  private SimulatedTable() {}

  static Table over(Table table, Clock clock) {
    return new BaseTable(new Operations(((HasTableOperations) table).operations(), clock), table.name());
  }

  private static final class Operations extends ForwardedOperations {
    private final Clock clock;

    Operations(TableOperations real, Clock clock) {
      super(real);
      this.clock = clock;
    }

    @Override
    public void commit(TableMetadata base, TableMetadata metadata) {
      Snapshot snapshot = metadata.currentSnapshot();
      if (snapshot != null && (base == null || base.snapshot(snapshot.snapshotId()) == null)) {
        date(snapshot);
        date(metadata.snapshotLog().get(metadata.snapshotLog().size() - 1));
      }
      real.commit(base, metadata);
    }

    private void date(Object commit) {
      try {
        Field time = commit.getClass().getDeclaredField("timestampMillis");
        time.setAccessible(true);
        time.set(commit, clock.millis());
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
