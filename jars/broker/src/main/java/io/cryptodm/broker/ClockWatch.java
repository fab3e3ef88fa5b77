package io.cryptodm.broker;

import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * Notices that the machine's clock was set back. Kafka syncs a log when so much time has passed since it did so last, by that clock: set
 * back by an hour, it would sync nothing for an hour, and a power cut would take what was acknowledged meanwhile. A broker that starts again
 * counts from the new time.
 */
final class ClockWatch {
  /** Between two readings of one look there is less, unless the process was stopped there. */
  private static final long STOPPED_MS = 10;

  private final LongSupplier clockMs;
  private final LongSupplier steadyMs;
  private final long toleratedMs;
  private OptionalLong ahead = OptionalLong.empty();

  /**
   * @param clockMs the machine's clock, in milliseconds since 1970
   * @param steadyMs a clock that nobody sets, in milliseconds since any moment
   * @param toleratedMs how far the clock may go back between two looks
   */
  ClockWatch(LongSupplier clockMs, LongSupplier steadyMs, long toleratedMs) {
    this.clockMs = clockMs;
    this.steadyMs = steadyMs;
    this.toleratedMs = toleratedMs;
  }

  /** Milliseconds by which the clock was set back since the last look, 0 when it was not. */
  long look() {
    long before = steadyMs.getAsLong();
    long now = clockMs.getAsLong();
    if (steadyMs.getAsLong() - before > STOPPED_MS) {
      return 0;
    }
    long nowAhead = now - before;
    long back = ahead.isPresent() ? ahead.getAsLong() - nowAhead : 0;
    ahead = OptionalLong.of(nowAhead);
    return back > toleratedMs ? back : 0;
  }

  /**
   * Looks as often as the broker syncs, for as long as the process runs, and ends it in order when the clock was set back. Its supervisor
   * starts it again.
   *
   * @param everyMs milliseconds between two looks
   */
  static void start(long everyMs) {
    ClockWatch watch = new ClockWatch(System::currentTimeMillis, () -> System.nanoTime() / 1_000_000, Math.max(STOPPED_MS, everyMs / 2));
    Thread thread =
        new Thread(
            () -> {
              try {
                for (long back = 0; back == 0; back = watch.look()) {
                  Thread.sleep(everyMs);
                }
                System.err.println("the clock was set back: the broker ends, to start again with the new time");
                System.exit(1);
              } catch (InterruptedException ended) {
                Thread.currentThread().interrupt();
              }
            },
            "clock-watch");
    thread.setDaemon(true);
    thread.start();
  }
}
