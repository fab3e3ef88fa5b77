package io.cryptodm.tables.verify;

import io.cryptodm.tables.storage.ForwardedOperations;
import io.cryptodm.tables.storage.TableFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.io.CloseableIterable;

/**
 * A table that commits a snapshot only if its rows stay the same. Before the commit, the rows of all files that the snapshot adds or removes, or
 * whose deletes it changes, are read from their files and their checksums compared.
 */
public final class GuardedTable {
  private GuardedTable() {}

  /** Counts what was compared, and caches checksums. */
  public static final class Comparison {
    private final RowChecksum.Cache known = new RowChecksum.Cache();

    private long rows;
    private ChangedRows refusal;

    /** Keeps the checksum of a file that was read as a whole, so that the guard need not read it again. */
    public void learn(FileScanTask task, RowChecksum checksum) {
      known.put(task, checksum);
    }

    /** Number of rows whose checksums were compared. */
    public synchronized long rows() {
      return rows;
    }

    /**
     * Throws again if a commit was refused: an action with partial progress takes a refusal for a lost race.
     *
     * @throws ChangedRows if one was
     */
    public synchronized void requireNoRefusal() {
      if (refusal != null) {
        throw refusal;
      }
    }

    private synchronized ChangedRows refuse(String message) {
      refusal = new ChangedRows(message);
      return refusal;
    }

    private synchronized void add(long itsRows) {
      rows += itsRows;
    }
  }

  /** The rows would change, so nothing was committed. */
  public static final class ChangedRows extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    ChangedRows(String message) {
      super(message);
    }
  }

  /** @param compared counts what the guard compares */
  public static Table over(Table table, Comparison compared) {
    Guard guard = new Guard(((HasTableOperations) table).operations(), table.name(), compared);
    return new BaseTable(guard, table.name());
  }

  private static final class Guard extends ForwardedOperations {
    private final String name;
    private final Comparison compared;
    /** Differences found equal, so that a commit that is repeated after a lost race is not read again. */
    private final Set<String> equal = new HashSet<>();

    Guard(TableOperations real, String name, Comparison compared) {
      super(real);
      this.name = name;
      this.compared = compared;
    }

    @Override
    public void commit(TableMetadata base, TableMetadata metadata) {
      Snapshot before = base == null ? null : base.currentSnapshot();
      Snapshot after = metadata.currentSnapshot();
      if (before != null && after != null && before.snapshotId() != after.snapshotId()) {
        compare(base, metadata);
      }
      real.commit(base, metadata);
    }

    private void compare(TableMetadata base, TableMetadata metadata) {
      Map<String, List<FileScanTask>> left = plan(base);
      Map<String, List<FileScanTask>> right = plan(metadata);
      dropCommon(left, right);
      String difference = new TreeSet<>(left.keySet()) + " -> " + new TreeSet<>(right.keySet());
      synchronized (equal) {
        if (equal.contains(difference)) {
          return;
        }
      }
      RowChecksum one = sum(base, left);
      RowChecksum other = sum(metadata, right);
      if (!one.equals(other)) {
        throw compared.refuse(
            "Table %s: a rewrite of %d rows would have left %d rows or other values, so nothing was committed: this is a fault of the rewrite, report it"
                .formatted(name, one.rows(), other.rows()));
      }
      compared.add(one.rows());
      synchronized (equal) {
        equal.add(difference);
      }
    }

    /** The files of a snapshot by what decides their rows. A file that is listed twice counts twice. */
    private Map<String, List<FileScanTask>> plan(TableMetadata metadata) {
      Map<String, List<FileScanTask>> tasks = new HashMap<>();
      Table table = new BaseTable(real.temp(metadata), name);
      try (CloseableIterable<FileScanTask> planned = table.newScan().planFiles()) {
        for (FileScanTask task : planned) {
          tasks.computeIfAbsent(RowChecksum.keyOf(task), its -> new ArrayList<>()).add(task);
        }
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot read the manifests of " + name, e);
      }
      return tasks;
    }

    private static void dropCommon(Map<String, List<FileScanTask>> left, Map<String, List<FileScanTask>> right) {
      left.entrySet().removeIf(
          entry -> {
            List<FileScanTask> others = right.get(entry.getKey());
            boolean same = others != null && others.size() == entry.getValue().size();
            if (same) {
              right.remove(entry.getKey());
            }
            return same;
          });
    }

    private RowChecksum sum(TableMetadata metadata, Map<String, List<FileScanTask>> tasks) {
      TableFiles files = new TableFiles(new BaseTable(real.temp(metadata), name), metadata.schema());
      return tasks.values().parallelStream().flatMap(List::stream).map(task -> sum(files, task, metadata.schema())).reduce(RowChecksum.NONE, RowChecksum::plus);
    }

    private RowChecksum sum(TableFiles files, FileScanTask task, Schema schema) {
      RowChecksum known = compared.known.of(task);
      if (known != null) {
        return known;
      }
      RowChecksum.Builder sum = new RowChecksum.Builder(schema);
      files.read(task, (row, position) -> sum.add(row));
      return sum.build();
    }
  }
}
