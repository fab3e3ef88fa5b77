package io.cryptodm.producer;

import java.time.Duration;

/** Even pacing without drift: event n is due at start + n / rate, however late the one before it was. */
public final class Pace {
  /** A longer delay, such as a broker's downtime, is not made up for: that would be a burst. */
  private static final long MAX_LAG_NANOS = 2_000_000_000L;

  private final double nanosPerEvent;
  private final Run run;
  private long start;
  private long events;

  /** @param rate events per second, above 0 */
  public Pace(double rate, Run run) {
    this.nanosPerEvent = 1e9 / rate;
    this.run = run;
    this.start = run.time().nanos();
  }

  /** Waits until the next event is due; the first one is due at once. False when the run ends. */
  public boolean await() {
    long now = run.time().nanos();
    long due = start + (long) (events * nanosPerEvent);
    if (now - due > MAX_LAG_NANOS) {
      start = now;
      events = 0;
      due = now;
    }
    events++;
    return due <= now ? run.goesOn() : run.pause(Duration.ofNanos(due - now));
  }
}
