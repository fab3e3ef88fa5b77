package io.cryptodm.producer;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** A clock that waits without waiting and records every wait. It stops after a number of them, so that no test hangs. */
public final class FakeClock implements Clock {
  private final List<Duration> pauses = new ArrayList<>();
  private final int mostPauses;
  private Instant now;
  private long nanos;
  private boolean stopped;
  private int asleepAt = -1;
  private Duration asleepFor;
  private Runnable look = () -> { };

  public FakeClock(Instant now, int mostPauses) {
    this.now = now;
    this.mostPauses = mostPauses;
  }

  public synchronized List<Duration> pauses() {
    return new ArrayList<>(pauses);
  }

  /** Lets the machine sleep during a pause, counted from 1: the wall clock goes on, the monotonic clock does not. */
  public synchronized FakeClock asleep(int pause, Duration duration) {
    asleepAt = pause;
    asleepFor = duration;
    return this;
  }

  public synchronized void stop() {
    stopped = true;
  }

  /** Called before each wait. */
  public void each(Runnable look) {
    this.look = look;
  }

  @Override
  public synchronized Instant now() {
    return now;
  }

  @Override
  public synchronized long nanos() {
    return nanos;
  }

  @Override
  public boolean pause(Duration duration) {
    look.run();
    return pass(duration);
  }

  private synchronized boolean pass(Duration duration) {
    pauses.add(duration);
    now = now.plus(duration);
    nanos += duration.toNanos();
    now = pauses.size() == asleepAt ? now.plus(asleepFor) : now;
    stopped |= pauses.size() >= mostPauses;
    return !stopped;
  }

  @Override
  public synchronized boolean stopped() {
    return stopped;
  }
}
