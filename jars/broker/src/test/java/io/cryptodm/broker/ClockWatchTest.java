package io.cryptodm.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ClockWatchTest {
  private static final long HOUR = 3_600_000;

  private long clock = 1_800_000_000_000L;
  private long steady = 77;
  private long stoppedMs;
  private final ClockWatch watch = new ClockWatch(() -> clock, this::readSteady, 250);

  /** Each second reading comes after the process was stopped for a while. */
  private long readSteady() {
    steady += stoppedMs;
    return steady;
  }

  private long after(long ms, long set) {
    steady += ms;
    clock += ms + set;
    return watch.look();
  }

  @Test
  void aClockThatRunsOnIsNotSetBack() {
    assertEquals(0, after(0, 0));
    assertEquals(0, after(500, 0));
    assertEquals(0, after(500, -100), "small corrections");
    assertEquals(0, after(500, HOUR), "forward");
  }

  @Test
  void aClockThatIsSetBackIsNoticedOnce() {
    after(0, 0);
    assertEquals(HOUR, after(500, -HOUR));
    assertEquals(0, after(500, 0));
    assertEquals(0, after(500, HOUR));
    assertEquals(HOUR, after(500, -HOUR));
  }

  @Test
  void aProcessThatWasStoppedBetweenTwoReadingsMistakesNothing() {
    after(0, 0);
    stoppedMs = 5_000;
    assertEquals(0, after(500, 10_000));
    stoppedMs = 0;
    assertEquals(0, after(500, 0));
  }
}
