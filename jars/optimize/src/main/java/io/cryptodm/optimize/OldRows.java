package io.cryptodm.optimize;

import io.cryptodm.tables.origin.CommitMark;
import io.cryptodm.tables.origin.ForeignCommits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.apache.iceberg.DeleteFiles;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionField;
import org.apache.iceberg.Table;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.CloseableIterable;

/** The rows of a table that are older than it keeps them: whole UTC days, which are whole partitions. */
final class OldRows {
  private final Table table;
  private final Optional<Expression> filter;

  OldRows(Table table, Clock clock) {
    this.table = table;
    this.filter = filter(table, clock.instant());
  }

  private static Optional<Expression> filter(Table table, Instant now) {
    long days = Long.parseLong(table.properties().getOrDefault(ForeignCommits.KEPT_DAYS, "0"));
    Optional<PartitionField> day = table.spec().fields().stream().filter(field -> field.transform().toString().equals("day")).findFirst();
    if (days == 0 || day.isEmpty()) {
      return Optional.empty();
    }
    Instant first = now.truncatedTo(ChronoUnit.DAYS).minus(days, ChronoUnit.DAYS);
    return Optional.of(Expressions.lessThan(table.schema().findColumnName(day.get().sourceId()), first.getEpochSecond() * 1_000_000));
  }

  /** How many there are. */
  long count() {
    if (filter.isEmpty()) {
      return 0;
    }
    long rows = 0;
    try (CloseableIterable<FileScanTask> tasks = table.newScan().filter(filter.get()).planFiles()) {
      for (FileScanTask task : tasks) {
        rows += task.file().recordCount();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the manifests of " + table.name(), e);
    }
    return rows;
  }

  /** Removes them in one commit. @return how many there were */
  long remove() {
    table.refresh();
    long rows = count();
    if (rows > 0) {
      DeleteFiles delete = table.newDelete().deleteFromRowFilter(filter.orElseThrow());
      CommitMark.put(delete);
      delete.commit();
    }
    return rows;
  }
}
