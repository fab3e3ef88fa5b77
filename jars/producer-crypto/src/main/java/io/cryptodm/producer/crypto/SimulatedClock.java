package io.cryptodm.producer.crypto;

import io.cryptodm.producer.Clock;
import java.time.Duration;
import java.time.Instant;

/** Time of a simulation: starts at a given time, runs faster than real time, and becomes real time when it reaches the present. */
final class SimulatedClock {
  private final Clock time;
  private final Instant from;
  private final double speed;
  private final long startedAt;

  SimulatedClock(Clock time, Instant from, double speed) {
    this.time = time;
    this.from = from;
    this.speed = speed;
    this.startedAt = time.nanos();
  }

  Instant now() {
    Instant simulated = from.plusNanos((long) ((time.nanos() - startedAt) * speed));
    Instant real = time.now();
    return simulated.isAfter(real) ? real : simulated;
  }

  /** How long until a simulated moment, in real time; at most a second, because the machine's clock may be changed. */
  Duration until(Instant simulated) {
    Instant now = now();
    if (!simulated.isAfter(now)) {
      return Duration.ZERO;
    }
    boolean present = !now.isBefore(time.now());
    long left = (long) (Duration.between(now, simulated).toNanos() / (present ? 1 : speed));
    return Duration.ofNanos(Math.max(100_000, Math.min(1_000_000_000L, left)));
  }
}
