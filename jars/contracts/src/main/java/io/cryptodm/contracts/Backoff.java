package io.cryptodm.contracts;

import java.time.Duration;
import java.util.Objects;
import java.util.random.RandomGenerator;

/**
 * How long to wait after a failure before the next attempt: the bound doubles with each failure in a row, up to a cap. Jitter keeps several
 * clients from coming back together (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). Not for several threads.
 */
public final class Backoff {
  /** Full jitter may draw 0, which would be a busy loop. */
  private static final Duration FLOOR = Duration.ofMillis(200);

  private static final int MOST_DOUBLINGS = 30;

  private enum Jitter {
    NONE,
    EQUAL,
    FULL
  }

  private final Duration base;
  private final Duration cap;
  private final Jitter jitter;
  private final RandomGenerator random;
  private int failures;

  private Backoff(Duration base, Duration cap, Jitter jitter, RandomGenerator random) {
    this.base = base;
    this.cap = cap;
    this.jitter = jitter;
    this.random = random;
  }

  /**
   * Waits exactly the bound: for one client that nobody competes with.
   *
   * @param base bound after the first failure
   * @param cap its highest value
   */
  public static Backoff withoutJitter(Duration base, Duration cap) {
    return new Backoff(base, cap, Jitter.NONE, null);
  }

  /** Waits between half of the bound and all of it: for a few writers that compete for short commits. */
  public static Backoff equalJitter(Duration base, Duration cap, RandomGenerator random) {
    return new Backoff(base, cap, Jitter.EQUAL, Objects.requireNonNull(random, "random"));
  }

  /** Waits between 0.2 s and the bound: for clients of a server that many may ask. */
  public static Backoff fullJitter(Duration base, Duration cap, RandomGenerator random) {
    return new Backoff(base, cap, Jitter.FULL, Objects.requireNonNull(random, "random"));
  }

  /** Counts a failure and gives the wait before the next attempt. */
  public Duration next() {
    return next(Duration.ZERO);
  }

  /** Counts a failure and gives the wait, which is never below {@code atLeast} (what the server asked for). */
  public Duration next(Duration atLeast) {
    Duration wait = after(++failures);
    return wait.compareTo(atLeast) > 0 ? wait : atLeast;
  }

  /** The wait after so many failures in a row, from 1 on. */
  public Duration after(int failuresInARow) {
    int doublings = Math.min(Math.max(failuresInARow, 1) - 1, MOST_DOUBLINGS);
    double bound = Math.min((double) cap.toNanos(), base.toNanos() * Math.pow(2, doublings));
    return switch (jitter) {
      case NONE -> nanos(bound);
      case EQUAL -> nanos(bound / 2 + random.nextDouble() * bound / 2);
      case FULL -> {
        Duration drawn = nanos(random.nextDouble() * bound);
        yield drawn.compareTo(FLOOR) > 0 ? drawn : FLOOR;
      }
    };
  }

  private static Duration nanos(double nanos) {
    return Duration.ofNanos((long) nanos);
  }

  /** Failures since the last success. */
  public int failures() {
    return failures;
  }

  public void succeeded() {
    failures = 0;
  }
}
