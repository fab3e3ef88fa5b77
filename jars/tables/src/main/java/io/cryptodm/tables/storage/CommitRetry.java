package io.cryptodm.tables.storage;

import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.jdbc.UncheckedSQLException;

/** Which failures of a commit another attempt can mend, and how long to wait before it. */
public final class CommitRetry {
  private static final int READ_ATTEMPTS = 6;
  private static final long LONGEST_PAUSE_MILLIS = 2_000;

  private CommitRetry() {}

  /** True for a lost race, a busy catalog, and a file that upkeep removed while it was being read. */
  public static boolean isWorthwhile(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ValidationException
          || cause instanceof CommitFailedException
          || cause instanceof CommitStateUnknownException
          || cause instanceof NotFoundException
          || cause instanceof UncheckedSQLException) {
        return true;
      }
    }
    return false;
  }

  /** Reads metadata again when a writer or an expiry removed a file of an old snapshot in the middle of it. */
  public static <T> T reading(Supplier<T> look) {
    for (int attempt = 1; ; attempt++) {
      try {
        return look.get();
      } catch (RuntimeException e) {
        if (attempt == READ_ATTEMPTS || !isWorthwhile(e)) {
          throw e;
        }
      }
    }
  }

  public static String reason(Throwable failure) {
    String message = failure.getMessage();
    return failure.getClass().getSimpleName() + ": " + (message == null ? "" : message.lines().findFirst().orElse(""));
  }

  /** Waits longer with each attempt, and never in step with another writer. */
  public static void pause(int attempt) {
    long millis = Math.min(LONGEST_PAUSE_MILLIS, 20L << Math.min(attempt, 7));
    try {
      Thread.sleep(millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while waiting to commit again", e);
    }
  }
}
