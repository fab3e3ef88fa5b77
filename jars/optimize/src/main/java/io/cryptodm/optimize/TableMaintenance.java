package io.cryptodm.optimize;

import io.cryptodm.tables.catalog.LakeCatalog;
import io.cryptodm.tables.cleanup.OrphanFiles;
import io.cryptodm.tables.cleanup.RunRecord;
import io.cryptodm.tables.cleanup.SnapshotExpiry;
import io.cryptodm.tables.compact.MaintenanceMark;
import io.cryptodm.tables.compact.PositionDeletes;
import io.cryptodm.tables.origin.CommitMark;
import io.cryptodm.tables.origin.ForeignCommit;
import io.cryptodm.tables.origin.ForeignCommits;
import io.cryptodm.tables.storage.CommitRetry;
import io.cryptodm.tables.storage.HotFileName;
import io.cryptodm.tables.verify.GuardedTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionField;
import org.apache.iceberg.RewriteManifests;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.actions.RewriteDataFiles;
import org.apache.iceberg.actions.RewriteFileGroup;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.spark.actions.SparkActions;
import org.apache.iceberg.types.Comparators;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Types;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Maintenance of one table: merges small files into few sorted ones, expires old snapshots, removes orphan files. */
final class TableMaintenance {
  private static final Logger LOG = LoggerFactory.getLogger(TableMaintenance.class);
  private static final int ATTEMPTS = 6;
  private static final int MANY_MANIFESTS = 20;

  private final boolean onCluster;
  private final Supplier<SparkSession> spark;
  private final Table table;
  private final OldRows old;
  private final MaintenanceOptions options;
  private final RunRecord record;
  private final Clock clock;
  private final Report report;
  private final GuardedTable.Comparison compared = new GuardedTable.Comparison();
  private final MaintenanceMark mark;

  /**
   * @param onCluster whether Spark rewrites the data files; else this process does, if it can read them
   * @param spark gives the session, which is created when it is needed
   * @param record of the run, in which files are noted before they are removed
   */
  TableMaintenance(
      boolean onCluster, Supplier<SparkSession> spark, Table table, MaintenanceOptions options, RunRecord record, Clock clock, Report report) {
    this.onCluster = onCluster;
    this.spark = spark;
    this.old = new OldRows(table, clock);
    // The guard checks before each commit that the rows stay the same.
    this.table = GuardedTable.over(table, compared);
    this.mark = new MaintenanceMark(this.table, clock);
    this.options = options;
    this.record = record;
    this.clock = clock;
    this.report = report;
  }

  /** Runs the maintenance, marked so that the table's writer does not merge files at the same time. */
  MaintenanceResult run() {
    try {
      return runMarked();
    } finally {
      mark.clear();
    }
  }

  private MaintenanceResult runMarked() {
    long begun = System.nanoTime();
    TableSize before = TableSize.of(table);
    Rewritten rewritten = Rewritten.NONE;
    SnapshotExpiry.Expired expired = new SnapshotExpiry.Expired(0, OrphanFiles.NONE);
    long removed = 0;
    if (table.currentSnapshot() != null) {
      removed = asFarAsPossible("removing old rows", old::remove, 0L);
      table.refresh();
      leaveForeignFiles();
      if (table.currentSnapshot().dataManifests(table.io()).size() > MANY_MANIFESTS) {
        // Each of the following commits reads all manifests, and rewrites those whose files it replaces.
        asFarAsPossible("rewriting manifests", this::rewriteManifests, 0L);
      }
      rewritten = asFarAsPossible("rewriting data files", this::rewriteDataFiles, Rewritten.NONE);
      asFarAsPossible("rewriting position deletes", this::rewritePositionDeletes, 0L);
      asFarAsPossible("rewriting manifests", this::rewriteManifests, 0L);
      expired = repeatedly("expiring snapshots", () -> expiry().run(record));
    }
    OrphanFiles orphans = repeatedly("looking for orphans", () -> removeOrphans(true));
    return resultOf(before, TableSize.of(table), rewritten, removed, expired, orphans, begun);
  }

  /** Reports what {@link #run} would do now. */
  MaintenanceResult preview() {
    long begun = System.nanoTime();
    TableSize size = TableSize.of(table);
    Rewritten rewritten = Rewritten.NONE;
    SnapshotExpiry.Expired expired = new SnapshotExpiry.Expired(0, OrphanFiles.NONE);
    if (table.currentSnapshot() != null) {
      leaveForeignFiles();
      rewritten = repeatedly("planning", this::planRewrite);
      expired = repeatedly("planning", () -> expiry().preview());
    }
    OrphanFiles orphans = repeatedly("looking for orphans", () -> removeOrphans(false));
    return resultOf(size, size, rewritten, table.currentSnapshot() == null ? 0 : old.count(), expired, orphans, begun);
  }

  private MaintenanceResult resultOf(
      TableSize before, TableSize after, Rewritten rewritten, long removed, SnapshotExpiry.Expired expired, OrphanFiles orphans, long begun) {
    return new MaintenanceResult(
        LakeCatalog.shortName(table.name()), before, after, rewritten.files(), rewritten.bytes(), removed, expired.snapshots(), orphans.files(),
        expired.files().bytes() + orphans.bytes(), compared.rows(), (System.nanoTime() - begun) / 1e9);
  }

  /** Says what stays as it is, because the mark of its origin would be lost in a rewrite. */
  private void leaveForeignFiles() {
    ForeignCommits foreign = ForeignCommits.of(table);
    if (!foreign.isEmpty()) {
      long left = repeatedly("looking for files of other engines", () -> tasks().stream().filter(foreign::touched).count());
      report.foreign(LakeCatalog.shortName(table.name()), foreign.open().stream().mapToLong(ForeignCommit::commits).sum(), left);
    }
  }

  private Map<String, String> rewriteOptions() {
    Map<String, String> rewrite = new HashMap<>();
    rewrite.put("min-input-files", "2");
    rewrite.put("delete-file-threshold", "1");
    options.targetFileSize().ifPresent(bytes -> rewrite.put(RewriteDataFiles.TARGET_FILE_SIZE_BYTES, Long.toString(bytes)));
    return rewrite;
  }

  private Rewritten rewriteDataFiles() {
    table.refresh();
    Table rewritable = RewritableTable.of(table, ForeignCommits.of(table));
    InProcessRewrite rewrite = new InProcessRewrite(rewritable, compared, settled(), rewriteOptions());
    List<RewriteFileGroup> groups = rewrite.plan();
    if (groups.isEmpty()) {
      return Rewritten.NONE;
    }
    Rewritten rewritten = onCluster || !rewrite.isPossible(groups) ? rewriteBySpark(rewritable) : rewrite.run(groups);
    compared.requireNoRefusal();
    return rewritten;
  }

  private Rewritten rewriteBySpark(Table rewritable) {
    RewriteDataFiles rewrite =
        SparkActions.get(spark.get())
            .rewriteDataFiles(rewritable)
            .snapshotProperty(CommitMark.NAME, CommitMark.next())
            .filter(settled())
            .options(rewriteOptions())
            .option(RewriteDataFiles.REMOVE_DANGLING_DELETES, "true")
            // Several commits, so that a lost race costs one part only.
            .option(RewriteDataFiles.PARTIAL_PROGRESS_ENABLED, "true")
            .option(RewriteDataFiles.PARTIAL_PROGRESS_MAX_COMMITS, "10")
            .option(RewriteDataFiles.MAX_CONCURRENT_FILE_GROUP_REWRITES, "1");
    RewriteDataFiles.Result result = (table.sortOrder().isSorted() ? rewrite.sort() : rewrite.binPack()).execute();
    if (result.failedDataFilesCount() > 0) {
      throw new CommitFailedException("The rewrite of %s files lost a race with a writer; run the maintenance again", result.failedDataFilesCount());
    }
    return new Rewritten(result.rewrittenDataFilesCount(), result.rewrittenBytesCount());
  }

  private Rewritten planRewrite() {
    table.refresh();
    return Rewritten.of(new InProcessRewrite(RewritableTable.of(table, ForeignCommits.of(table)), compared, settled(), rewriteOptions()).plan());
  }

  /** A filter without the hot files, which a running writer replaces each second: a rewrite of them would lose every race. */
  private Expression settled() {
    Snapshot current = table.currentSnapshot();
    Optional<Types.NestedField> column = timeColumn();
    long since = clock.millis() - MaintenanceOptions.UNTOUCHED.toMillis();
    if (column.isEmpty() || current.timestampMillis() < since) {
      return Expressions.alwaysTrue();
    }
    long sequence = current.sequenceNumber();
    for (Snapshot snapshot : table.snapshots()) {
      if (snapshot.timestampMillis() >= since) {
        sequence = Math.min(sequence, snapshot.sequenceNumber());
      }
    }
    Object lowest = null;
    for (DataFile file : tasks().stream().map(FileScanTask::file).toList()) {
      if (HotFileName.isOf(file) && file.dataSequenceNumber() >= sequence && file.lowerBounds() != null) {
        ByteBuffer bound = file.lowerBounds().get(column.get().fieldId());
        Object lower = bound == null ? null : Conversions.fromByteBuffer(column.get().type(), bound);
        if (lower != null && (lowest == null || compare(column.get(), lower, lowest) < 0)) {
          lowest = lower;
        }
      }
    }
    return lowest == null ? Expressions.alwaysTrue() : Expressions.lessThan(column.get().name(), lowest);
  }

  private static int compare(Types.NestedField column, Object left, Object right) {
    return Comparators.forType(column.type().asPrimitiveType()).compare(left, right);
  }

  private List<FileScanTask> tasks() {
    List<FileScanTask> found = new ArrayList<>();
    try (CloseableIterable<FileScanTask> tasks = table.newScan().includeColumnStats().planFiles()) {
      tasks.forEach(found::add);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the manifests of " + table.name(), e);
    }
    return found;
  }

  private Optional<Types.NestedField> timeColumn() {
    return table.spec().fields().stream().findFirst().map(PartitionField::sourceId).map(table.schema()::findField);
  }

  private long rewritePositionDeletes() {
    long merged = new PositionDeletes(table).merge(2, Integer.MAX_VALUE);
    compared.requireNoRefusal();
    return merged;
  }

  /** Writes as few manifests as possible, with the entries of a partition together. */
  private long rewriteManifests() {
    table.refresh();
    int before = table.currentSnapshot().dataManifests(table.io()).size();
    if (before < 2) {
      return 0;
    }
    RewriteManifests rewrite = table.rewriteManifests().clusterBy(file -> 0);
    CommitMark.put(rewrite);
    rewrite.commit();
    return before;
  }

  private SnapshotExpiry expiry() {
    return new SnapshotExpiry(table, clock.millis() - retained().toMillis());
  }

  private Duration retained() {
    Duration wanted =
        options
            .retain()
            .orElseGet(() -> Duration.ofMillis(Long.parseLong(table.properties().getOrDefault(
                TableProperties.MAX_SNAPSHOT_AGE_MS, Long.toString(TableProperties.MAX_SNAPSHOT_AGE_MS_DEFAULT)))));
    return atLeastUntouched(wanted);
  }

  private static Duration atLeastUntouched(Duration wanted) {
    return wanted.compareTo(MaintenanceOptions.UNTOUCHED) < 0 ? MaintenanceOptions.UNTOUCHED : wanted;
  }

  private OrphanFiles removeOrphans(boolean remove) {
    table.refresh();
    return OrphanFiles.inFolderOf(table, clock.millis() - atLeastUntouched(options.orphansOlderThan()).toMillis(), remove);
  }

  /** Leaves a phase that lost every race for the next run: the table is correct without it. */
  private <T> T asFarAsPossible(String phase, Supplier<T> action, T nothing) {
    try {
      return repeatedly(
          phase,
          () -> {
            mark.renew();
            return action.get();
          });
    } catch (RuntimeException e) {
      if (!CommitRetry.isTransient(e)) {
        throw e;
      }
      report.left(LakeCatalog.shortName(table.name()), phase);
      return nothing;
    }
  }

  /** Tries again after a lost race: a running writer commits each second. */
  private <T> T repeatedly(String what, Supplier<T> action) {
    report.phase(LakeCatalog.shortName(table.name()), what);
    for (int attempt = 1; ; attempt++) {
      try {
        return action.get();
      } catch (RuntimeException e) {
        if (attempt == ATTEMPTS || !CommitRetry.isTransient(e)) {
          throw e;
        }
        LOG.warn("{}: {} lost a race with another commit in attempt {} and is tried again: {}", table.name(), what, attempt, e.getMessage());
      }
    }
  }
}
