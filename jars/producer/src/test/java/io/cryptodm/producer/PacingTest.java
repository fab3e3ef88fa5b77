package io.cryptodm.producer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class PacingTest {
  private static final Instant START = Instant.parse("2025-07-08T05:43:00Z");

  @Test
  void paceDoesNotDrift() {
    FakeClock time = new FakeClock(START, 10_000);
    Pace pace = new Pace(3, new Sink(time, OptionalLong.empty(), OptionalDouble.empty()).run);
    for (int i = 0; i <= 3000; i++) {
      assertTrue(pace.await());
    }
    assertEquals(1000, time.nanos() / 1e9, 1e-6);
  }

  @Test
  void paceCatchesUpALittleButNeverFloods() {
    FakeClock time = new FakeClock(START, 10_000);
    Pace pace = new Pace(10, new Sink(time, OptionalLong.empty(), OptionalDouble.empty()).run);
    pace.await();
    time.pause(Duration.ofSeconds(1));
    int waits = time.pauses().size();
    for (int i = 0; i < 10; i++) {
      pace.await();
    }
    assertEquals(waits, time.pauses().size());
    time.pause(Duration.ofMinutes(10));
    waits = time.pauses().size();
    pace.await();
    pace.await();
    assertEquals(waits + 1, time.pauses().size());
  }

  @Test
  void aRunEndsByCountOrTimeOrStop() {
    Run counted = new Sink(new FakeClock(START, 100), OptionalLong.of(1), OptionalDouble.empty()).run;
    assertTrue(counted.goesOn());
    FakeClock time = new FakeClock(START, 100);
    Run timed = new Sink(time, OptionalLong.empty(), OptionalDouble.of(5)).run;
    assertFalse(timed.pause(Duration.ofHours(1)));
    assertEquals(Duration.ofSeconds(5), time.pauses().get(0));
    FakeClock stopped = new FakeClock(START, 100);
    Run run = new Sink(stopped, OptionalLong.empty(), OptionalDouble.empty()).run;
    stopped.stop();
    assertFalse(run.goesOn());
  }
}
