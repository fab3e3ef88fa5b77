package io.cryptodm.producer;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** How long to wait after a failure: full jitter, so that many clients do not come back together. */
public final class Backoff {
  private static final Duration FLOOR = Duration.ofMillis(200);

  private final Duration base;
  private final Duration cap;
  private final RandomGenerator random;
  private int failures;

  /**
   * A back-off without failures yet.
   *
   * @param base upper bound after the first failure; it doubles with each further one
   * @param cap its highest value
   */
  public Backoff(Duration base, Duration cap, RandomGenerator random) {
    this.base = base;
    this.cap = cap;
    this.random = random;
  }

  /** Counts a failure and draws the wait, never below {@code atLeast} (what the server asked for) nor 0.2 s. */
  public Duration next(Duration atLeast) {
    int doublings = Math.min(failures++, 30);
    double bound = Math.min((double) cap.toNanos(), base.toNanos() * Math.pow(2, doublings));
    Duration drawn = Duration.ofNanos((long) (random.nextDouble() * bound));
    Duration floor = atLeast.compareTo(FLOOR) > 0 ? atLeast : FLOOR;
    return drawn.compareTo(floor) > 0 ? drawn : floor;
  }

  /** Failures since the last success. */
  public int failures() {
    return failures;
  }

  public void succeeded() {
    failures = 0;
  }
}
