package io.cryptodm.optimize;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.jdbc.UncheckedSQLException;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The upkeep of one table: Iceberg's procedures in the order in which each helps the next. */
final class Upkeep {
  private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);
  private static final DateTimeFormatter TIMESTAMP = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS").withZone(ZoneOffset.UTC);
  private static final int TRIES = 5;

  private final SparkSession spark;
  private final String catalog;
  private final OptimizeOptions options;

  Upkeep(SparkSession spark, String catalog, OptimizeOptions options) {
    this.spark = spark;
    this.catalog = catalog;
    this.options = options;
  }

  /** @return how many orphan files were removed */
  long perform(String table) {
    Instant now = Instant.now();
    // Partial progress: a group of files that the stream has touched meanwhile is left for the next time, the others count.
    call(
        "rewrite_data_files(table => '%s', strategy => 'sort', options => map('min-input-files', '2', 'delete-file-threshold', '1',"
            + " 'remove-dangling-deletes', 'true', 'partial-progress.enabled', 'true', 'partial-progress.max-failed-commits', '100',"
            + " 'target-file-size-bytes', '%d'))",
        table, options.targetFileSize());
    call("rewrite_position_delete_files(table => '%s', options => map('min-input-files', '2', 'partial-progress.enabled', 'true'))", table);
    call("rewrite_manifests(table => '%s', use_caching => false)", table);
    call(
        "expire_snapshots(table => '%s', older_than => TIMESTAMP '%s', retain_last => 1)",
        table, TIMESTAMP.format(now.minus(options.retain())));
    return call(
            "remove_orphan_files(table => '%s', older_than => TIMESTAMP '%s', prefix_mismatch_mode => 'IGNORE', prefix_listing => true)",
            table, TIMESTAMP.format(now.minus(options.orphansOlderThan())))
        .size();
  }

  /** A writer may commit in between at any time: what then does not fit is tried again on the new state. */
  private List<Row> call(String procedure, Object... values) {
    String statement = "CALL " + catalog + ".system." + procedure.formatted(values);
    for (int attempt = 1; ; attempt++) {
      try {
        return spark.sql(statement).collectAsList();
      } catch (RuntimeException e) {
        if (attempt == TRIES || !isConflict(e)) {
          throw e;
        }
        LOG.info("{}: a writer was quicker, trying again ({})", procedure.substring(0, procedure.indexOf('(')), e.getMessage());
        pause(attempt);
      }
    }
  }

  private static boolean isConflict(Throwable e) {
    for (Throwable at = e; at != null; at = at.getCause()) {
      if (at instanceof CommitFailedException || at instanceof ValidationException || at instanceof UncheckedSQLException) {
        return true;
      }
    }
    return false;
  }

  private static void pause(int attempt) {
    try {
      Thread.sleep(ThreadLocalRandom.current().nextLong(100, 400L * attempt));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
