package io.cryptodm.producer.market;

import io.cryptodm.producer.Clock;
import java.time.Duration;
import java.time.Instant;

/** A clock that an exchange's pace never holds up: an hour passes each time it is read. */
final class FastClock implements Clock {
  private final Instant now;
  private long nanos;

  FastClock(Instant now) {
    this.now = now;
  }

  @Override
  public Instant now() {
    return now;
  }

  @Override
  public synchronized long nanos() {
    nanos += Duration.ofHours(1).toNanos();
    return nanos;
  }

  @Override
  public boolean pause(Duration duration) {
    return true;
  }

  @Override
  public boolean stopped() {
    return false;
  }
}
