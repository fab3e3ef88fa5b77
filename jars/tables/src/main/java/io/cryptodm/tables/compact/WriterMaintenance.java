package io.cryptodm.tables.compact;

import io.cryptodm.tables.cleanup.SnapshotThinning;
import io.cryptodm.tables.rows.RowLayout;
import io.cryptodm.tables.storage.CommitRetry;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.apache.iceberg.Table;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Maintenance by the writer of a table, beside its commits: every 5 minutes it removes snapshots and merges small files, so that a table with a
 * commit each second stays small between two runs of the maintenance job. It does nothing while such a run works on the table.
 */
public final class WriterMaintenance {
  /** This many files of about one size in a partition are merged into one. */
  public static final int MERGED_FILES = SmallFiles.FACTOR;

  /** One thread for all tables of the process. */
  public static final Executor BACKGROUND =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "table-maintenance");
            thread.setDaemon(true);
            return thread;
          });

  private static final Duration PAUSE = Duration.ofMinutes(5);
  private static final Logger LOG = LoggerFactory.getLogger(WriterMaintenance.class);

  private final Supplier<Table> load;
  private final RowLayout layout;
  private final Clock clock;
  private final Executor executor;
  private long last;

  /** @param load loads the table for the maintenance thread: a table object is for one thread */
  public WriterMaintenance(Supplier<Table> load, RowLayout layout, Clock clock, Executor executor) {
    this.load = load;
    this.layout = layout;
    this.clock = clock;
    this.executor = executor;
    this.last = clock.millis();
  }

  /** Starts the maintenance if the last one is 5 minutes ago; a clock that was set back counts too. */
  public void runIfDue() {
    long now = clock.millis();
    if (Math.abs(now - last) < PAUSE.toMillis()) {
      return;
    }
    last = now;
    executor.execute(this::work);
  }

  private void work() {
    long begun = System.nanoTime();
    try {
      Table table = load.get();
      if (MaintenanceMark.isSet(table, clock)) {
        return;
      }
      int merged = new SmallFiles(table, layout, clock).merge();
      int expired = SnapshotThinning.thin(table, clock.millis());
      if (merged + expired > 0) {
        LOG.info("{}: {} files merged, {} snapshots expired in {} ms", table.name(), merged, expired, (System.nanoTime() - begun) / 1_000_000);
      }
    } catch (RuntimeException e) {
      // The next run, or the maintenance job, finds the same work.
      LOG.warn("Maintenance by the writer failed and is tried again in {} minutes: {}", PAUSE.toMinutes(), CommitRetry.reason(e));
    }
  }
}
