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
 * What a writer does beside its commits, so that a table that is committed to each second stays small between two upkeeps: every 5 minutes it
 * thins out the snapshots and merges small files, unless an upkeep does.
 */
public final class WriterMaintenance {
  /** So many files of about one size in a partition become one. */
  public static final int MERGED_FILES = SmallFiles.FACTOR;

  /** Runs the work on one thread of the process, whatever the number of its tables. */
  public static final Executor BACKGROUND =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "housekeeping");
            thread.setDaemon(true);
            return thread;
          });

  private static final long PAUSE_MILLIS = Duration.ofMinutes(5).toMillis();
  private static final Logger LOG = LoggerFactory.getLogger(WriterMaintenance.class);

  private final Supplier<Table> load;
  private final RowLayout layout;
  private final Clock clock;
  private final Executor executor;
  private long last;

  /** @param load a table of its own: one table is not for two threads */
  public WriterMaintenance(Supplier<Table> load, RowLayout layout, Clock clock, Executor executor) {
    this.load = load;
    this.layout = layout;
    this.clock = clock;
    this.executor = executor;
    this.last = clock.millis();
  }

  /** Does the work when the last time is long enough ago, by a clock that may have been set back. */
  public void occasionally() {
    long now = clock.millis();
    if (Math.abs(now - last) < PAUSE_MILLIS) {
      return;
    }
    last = now;
    executor.execute(this::work);
  }

  private void work() {
    long begun = System.nanoTime();
    try {
      Table table = load.get();
      if (MaintenanceMark.stands(table, clock)) {
        return;
      }
      int merged = new SmallFiles(table, layout, clock).merge();
      int expired = SnapshotThinning.thin(table, clock.millis());
      if (merged + expired > 0) {
        LOG.info("{}: {} files merged, {} snapshots expired in {} ms", table.name(), merged, expired, (System.nanoTime() - begun) / 1_000_000);
      }
    } catch (RuntimeException e) {
      // The next time finds the same, and the upkeep does, too.
      LOG.warn("Housekeeping was not done: {}", CommitRetry.reason(e));
    }
  }
}
