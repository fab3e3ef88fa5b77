package io.cryptodm.tables.storage;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Hears of the commits of a job that other writers keep waiting, and ends the wait when the job is to stop. It sees all commits that a thread makes
 * under it, of whatever table.
 */
public final class CommitWatch {
  private static final ThreadLocal<CommitWatch> CURRENT = ThreadLocal.withInitial(() -> new CommitWatch(Duration.ZERO, new Listener() {}));

  private final Duration namedAfter;
  private final Listener listener;
  private final CountDownLatch stopped = new CountDownLatch(1);

  /** What is to be said of waiting commits. */
  public interface Listener {
    /** A commit has lost another race. @param reason names the table, the number of races and since when */
    default void waits(String reason) {}

    /** The commit that waited was made. */
    default void goesOn() {}
  }

  /** @param namedAfter how long a commit may wait before the listener hears of it: most races are over at once */
  public CommitWatch(Duration namedAfter, Listener listener) {
    this.namedAfter = namedAfter;
    this.listener = listener;
  }

  /** That of this thread. */
  static CommitWatch current() {
    return CURRENT.get();
  }

  /** Runs what commits under this watch. */
  public <T> T over(Supplier<T> work) {
    CommitWatch before = CURRENT.get();
    CURRENT.set(this);
    try {
      return work.get();
    } finally {
      CURRENT.set(before);
    }
  }

  /** Ends waits for another attempt, now and later: the commit is not made. */
  public void stop() {
    stopped.countDown();
  }

  boolean isNamed(Duration waited) {
    return waited.compareTo(namedAfter) >= 0;
  }

  Listener listener() {
    return listener;
  }

  /** @throws IllegalStateException if the job is to stop */
  void pause(Duration pause) {
    try {
      if (!stopped.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while waiting for another attempt to commit: the batch was not committed", e);
    }
    throw new IllegalStateException("Stopped while waiting for another attempt to commit: the batch was not committed");
  }
}
