package io.cryptodm.producer;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The machine's clock, with the switch that ends a run. */
public final class SystemClock implements Clock {
  private final CountDownLatch stop = new CountDownLatch(1);

  /** Ends every pause; later ones return at once. */
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
