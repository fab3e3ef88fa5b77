package io.cryptodm.tables.write;

import java.lang.reflect.Field;
import java.time.Clock;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.encryption.EncryptionManager;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;

/** A table whose commits carry the time of a simulated clock: Iceberg itself takes the system's. */
final class SimulatedTable {
  private SimulatedTable() {}

  static Table over(Table table, Clock clock) {
    return new BaseTable(new Operations(((HasTableOperations) table).operations(), clock), table.name());
  }

  private record Operations(TableOperations real, Clock clock) implements TableOperations {
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

    @Override
    public TableMetadata current() {
      return real.current();
    }

    @Override
    public TableMetadata refresh() {
      return real.refresh();
    }

    @Override
    public FileIO io() {
      return real.io();
    }

    @Override
    public EncryptionManager encryption() {
      return real.encryption();
    }

    @Override
    public String metadataFileLocation(String name) {
      return real.metadataFileLocation(name);
    }

    @Override
    public LocationProvider locationProvider() {
      return real.locationProvider();
    }

    @Override
    public TableOperations temp(TableMetadata metadata) {
      return real.temp(metadata);
    }

    @Override
    public long newSnapshotId() {
      return real.newSnapshotId();
    }
  }
}
