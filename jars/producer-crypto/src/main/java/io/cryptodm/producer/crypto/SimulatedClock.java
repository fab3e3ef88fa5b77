package io.cryptodm.producer.crypto;

import io.cryptodm.producer.Timekeeper;
import java.time.Duration;
import java.time.Instant;

/** Time of a simulation: starts somewhere, runs some times faster, and never overtakes the present; from there on it is real time. */
final class SimulatedClock {
  private final Timekeeper time;
  private final Instant from;
  private final double speed;
  private final long startedAt;

  SimulatedClock(Timekeeper time, Instant from, double speed) {
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

  /** How long until a simulated moment, in real time; never longer than a second, as the machine's clock may be set. */
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
