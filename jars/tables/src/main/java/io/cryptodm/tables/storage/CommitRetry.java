package io.cryptodm.tables.storage;

import io.cryptodm.contracts.Backoff;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.jdbc.UncheckedSQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which failures of a commit are worth another attempt, and how long to wait before it. */
public final class CommitRetry {
  private static final Logger LOG = LoggerFactory.getLogger(CommitRetry.class);
  private static final int READ_ATTEMPTS = 6;
  private static final int COMMIT_ATTEMPTS = 12;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(40);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  private CommitRetry() {}

  /** True for a lost race, a busy catalog, and a file that was removed while it was being read: nothing was committed. */
  public static boolean isTransient(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ValidationException
          || cause instanceof CommitFailedException
          || cause instanceof NotFoundException
          || cause instanceof UncheckedSQLException) {
        return true;
      }
    }
    return false;
  }

  /** True when nobody knows whether the commit went through: its files must stay. */
  public static boolean isUnknown(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof CommitStateUnknownException) {
        return true;
      }
    }
    return false;
  }

  /** Class and first line of a failure's message, for a log line. */
  public static String reason(Throwable failure) {
    String message = failure.getMessage();
    return failure.getClass().getSimpleName() + ": " + (message == null ? "" : message.lines().findFirst().orElse(""));
  }

  /** The waits between the attempts of one commit, with jitter because writers of the same table compete. */
  public static Backoff backoff() {
    return Backoff.equalJitter(FIRST_PAUSE, LONGEST_PAUSE, ThreadLocalRandom.current());
  }

  /** Waits before the next attempt. */
  public static void pause(Backoff backoff) {
    try {
      Thread.sleep(backoff.next().toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while waiting for another attempt to commit: the batch was not committed", e);
    }
  }

  /**
   * Commits a change that may be made again, until it has won a race. A commit whose outcome is unknown is made again, too.
   *
   * @param what is changed, for the log
   * @throws RuntimeException of the last attempt, if none succeeded
   */
  public static void committing(String what, Runnable commit) {
    Backoff backoff = backoff();
    for (int attempt = 1; ; attempt++) {
      try {
        commit.run();
        return;
      } catch (RuntimeException e) {
        if (attempt == COMMIT_ATTEMPTS || !isTransient(e) && !isUnknown(e)) {
          throw e;
        }
        LOG.info("Commit to {} lost a race in attempt {} of {} and is tried again: {}", what, attempt, COMMIT_ATTEMPTS, reason(e));
        pause(backoff);
      }
    }
  }

  /** Reads metadata again when a writer or an expiry removed a file of an old snapshot in the middle of it. */
  public static <T> T reading(Supplier<T> read) {
    for (int attempt = 1; ; attempt++) {
      try {
        return read.get();
      } catch (RuntimeException e) {
        if (attempt == READ_ATTEMPTS || !isTransient(e)) {
          throw e;
        }
      }
    }
  }
}
