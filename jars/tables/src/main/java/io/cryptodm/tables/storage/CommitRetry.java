package io.cryptodm.tables.storage;

import io.cryptodm.contracts.Backoff;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.apache.iceberg.Table;
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
    return hasCause(failure, ValidationException.class)
        || hasCause(failure, CommitFailedException.class)
        || hasCause(failure, NotFoundException.class)
        || hasCause(failure, UncheckedSQLException.class);
  }

  /** True when nobody knows whether the commit went through: its files must stay. */
  public static boolean isUnknown(Throwable failure) {
    return hasCause(failure, CommitStateUnknownException.class);
  }

  static boolean hasCause(Throwable failure, Class<? extends Throwable> kind) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (kind.isInstance(cause)) {
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

  /** Waits before the next attempt. @throws IllegalStateException if the thread is interrupted, or its job is to stop */
  public static void pause(Backoff backoff) {
    CommitWatch.current().pause(backoff.next());
  }

  /** One attempt to commit. */
  public interface Attempt<T> {
    /** @param isTurn true if the first commit gives the turn back, so that there should be none before the one that counts */
    T run(boolean isTurn);
  }

  /**
   * Runs attempts to commit until one of them succeeds. An attempt that has lost a race is repeated for as long as it takes: a writer that never pauses
   * must not keep another one out. After some it is made in a turn, see {@link CatalogTurn}; {@link CommitWatch} hears of a long wait and can end it.
   *
   * @param attempt reads the table again each time; an attempt whose outcome is unknown is repeated, too
   * @param failed called after each attempt that failed
   * @param mostFailures attempts in a row that fail although nobody else has committed
   * @throws RuntimeException of the last of these, and of an attempt that failed for another reason
   */
  public static <T> T untilCommitted(Table table, int mostFailures, Attempt<T> attempt, Runnable failed) {
    CommitRaces races = new CommitRaces(table);
    Backoff backoff = backoff();
    int failures = 0;
    while (true) {
      try {
        T done = races.wantsTurn() ? CatalogTurn.of(table, () -> attempt.run(true)) : attempt.run(false);
        races.over();
        return done;
      } catch (RuntimeException e) {
        failed.run();
        if (races.isLost(e)) {
          failures = 0;
        } else if (++failures >= mostFailures || !isTransient(e) && !isUnknown(e)) {
          throw e;
        } else {
          LOG.warn("Commit to {} failed in attempt {} of {} and is tried again: {}", table.name(), failures, mostFailures, reason(e));
        }
        pause(backoff);
      }
    }
  }

  /** Commits a change that may be made again. */
  public static void untilCommitted(Table table, Runnable attempt) {
    untilCommitted(
        table,
        COMMIT_ATTEMPTS,
        isTurn -> {
          attempt.run();
          return null;
        },
        () -> {});
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
