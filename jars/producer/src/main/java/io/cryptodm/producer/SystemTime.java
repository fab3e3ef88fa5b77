package io.cryptodm.producer;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The machine's own time, with the one switch that ends a run. */
public final class SystemTime implements Timekeeper {
  private final CountDownLatch stop = new CountDownLatch(1);

  /** Wakes every pause; all further ones return at once. */
  public void stop() {
    stop.countDown();
  }

  @Override
  public Instant now() {
    return Instant.now();
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public boolean pause(Duration duration) {
    try {
      return !stop.await(duration.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      stop();
      return false;
    }
  }

  @Override
  public boolean stopped() {
    return stop.getCount() == 0;
  }
}
