package io.cryptodm.optimize;

import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionField;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.actions.RewriteDataFiles;
import org.apache.iceberg.actions.RewritePositionDeleteFiles;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.jdbc.UncheckedSQLException;
import org.apache.iceberg.spark.actions.SparkActions;
import org.apache.iceberg.types.Comparators;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Types;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Upkeep of one table: small files become few, sorted ones; old snapshots, and files that nothing refers to, go. */
final class TableUpkeep {
  private static final Logger LOG = LoggerFactory.getLogger(TableUpkeep.class);
  private static final int ATTEMPTS = 6;

  /** Begins the names of files that the writer is about to replace. */
  private static final String HOT_PREFIX = "hot-";

  private final SparkSession session;
  private final Table table;
  private final Options options;
  private final Clock clock;

  TableUpkeep(SparkSession session, Table table, Options options, Clock clock) {
    this.session = session;
    this.table = table;
    this.options = options;
    this.clock = clock;
  }

  /** @return orphan files removed */
  long run() {
    if (table.currentSnapshot() != null) {
      repeatedly("rewrite data files", this::rewriteDataFiles);
      repeatedly("rewrite position deletes", this::rewritePositionDeletes);
      repeatedly("rewrite manifests", this::rewriteManifests);
      repeatedly("expire snapshots", this::expireSnapshots);
    }
    return repeatedly("remove orphans", this::removeOrphans);
  }

  private SparkActions actions() {
    table.refresh();
    return SparkActions.get(session);
  }

  private long rewriteDataFiles() {
    RewriteDataFiles rewrite =
        actions()
            .rewriteDataFiles(table)
            .filter(settled())
            .option("min-input-files", "2")
            .option("delete-file-threshold", "1")
            .option(RewriteDataFiles.REMOVE_DANGLING_DELETES, "true")
            // One commit for each group: what is done stays done when a later group meets the writer.
            .option(RewriteDataFiles.PARTIAL_PROGRESS_ENABLED, "true")
            .option(RewriteDataFiles.PARTIAL_PROGRESS_MAX_COMMITS, "10")
            .option(RewriteDataFiles.MAX_CONCURRENT_FILE_GROUP_REWRITES, "1");
    options.targetFileSize().ifPresent(bytes -> rewrite.option(RewriteDataFiles.TARGET_FILE_SIZE_BYTES, Long.toString(bytes)));
    RewriteDataFiles.Result result = (table.sortOrder().isSorted() ? rewrite.sort() : rewrite.binPack()).execute();
    if (result.failedDataFilesCount() > 0) {
      throw new CommitFailedException("%s files met a concurrent writer", result.failedDataFilesCount());
    }
    return result.rewrittenDataFilesCount();
  }

  /** Leaves out the young end of the table, whose small files a running writer replaces each second and would never let go. */
  private Expression settled() {
    Snapshot current = table.currentSnapshot();
    Optional<Types.NestedField> column = timeColumn();
    long since = clock.millis() - Options.UNTOUCHED.toMillis();
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
    for (DataFile file : files()) {
      if (isHot(file) && file.dataSequenceNumber() >= sequence && file.lowerBounds() != null) {
        ByteBuffer bound = file.lowerBounds().get(column.get().fieldId());
        Object lower = bound == null ? null : Conversions.fromByteBuffer(column.get().type(), bound);
        if (lower != null && (lowest == null || compare(column.get(), lower, lowest) < 0)) {
          lowest = lower;
        }
      }
    }
    return lowest == null ? Expressions.alwaysTrue() : Expressions.lessThan(column.get().name(), lowest);
  }

  private static boolean isHot(DataFile file) {
    String location = file.location();
    return location.startsWith(HOT_PREFIX, location.lastIndexOf('/') + 1);
  }

  private static int compare(Types.NestedField column, Object left, Object right) {
    return Comparators.forType(column.type().asPrimitiveType()).compare(left, right);
  }

  private List<DataFile> files() {
    List<DataFile> files = new ArrayList<>();
    try (CloseableIterable<FileScanTask> tasks = table.newScan().includeColumnStats().planFiles()) {
      tasks.forEach(task -> files.add(task.file()));
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return files;
  }

  private Optional<Types.NestedField> timeColumn() {
    return table.spec().fields().stream().findFirst().map(PartitionField::sourceId).map(table.schema()::findField);
  }

  private long rewritePositionDeletes() {
    RewritePositionDeleteFiles.Result result =
        actions().rewritePositionDeletes(table).option("min-input-files", "2").execute();
    return result.rewrittenDeleteFilesCount();
  }

  private long rewriteManifests() {
    if (table.currentSnapshot().allManifests(table.io()).size() < 2) {
      return 0;
    }
    long count = 0;
    for (var ignored : actions().rewriteManifests(table).execute().rewrittenManifests()) {
      count++;
    }
    return count;
  }

  private long expireSnapshots() {
    return actions().expireSnapshots(table).expireOlderThan(clock.millis() - retained().toMillis()).retainLast(1).execute()
        .deletedDataFilesCount();
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
    return wanted.compareTo(Options.UNTOUCHED) < 0 ? Options.UNTOUCHED : wanted;
  }

  private long removeOrphans() {
    long before = clock.millis() - atLeastUntouched(options.orphansOlderThan()).toMillis();
    long count = 0;
    actions();
    for (String ignored : SparkActions.get(session).deleteOrphanFiles(table).olderThan(before).usePrefixListing(canListPrefixes())
        .execute().orphanFileLocations()) {
      count++;
    }
    return count;
  }

  private boolean canListPrefixes() {
    return table.io() instanceof org.apache.iceberg.io.SupportsPrefixOperations;
  }

  /** A running writer commits each second, so that a race is lost now and then. */
  private long repeatedly(String what, Supplier<Long> action) {
    for (int attempt = 1; ; attempt++) {
      try {
        return action.get();
      } catch (RuntimeException e) {
        if (attempt == ATTEMPTS || !isWorthwhile(e)) {
          throw e;
        }
        LOG.warn("{}: {} met a concurrent commit, attempt {}: {}", table.name(), what, attempt, e.getMessage());
      }
    }
  }

  private static boolean isWorthwhile(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof CommitFailedException
          || cause instanceof ValidationException
          || cause instanceof NotFoundException
          || cause instanceof UncheckedSQLException) {
        return true;
      }
    }
    return false;
  }
}
