package io.cryptodm.producer;

import java.time.Duration;
import java.time.Instant;

/** Time and waiting behind one interface, so that tests can skip hours. */
public interface Clock {
  /** The time of day. */
  Instant now();

  /** A clock that never jumps, for intervals; nanoseconds. */
  long nanos();

  /** Waits. Returns false, at once, when the run is asked to stop. */
  boolean pause(Duration duration);

  /** Whether the run is asked to stop. */
  boolean stopped();
}
