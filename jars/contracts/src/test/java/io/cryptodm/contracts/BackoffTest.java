package io.cryptodm.contracts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {
  @Test
  void backoffGrowsWithFullJitterAndHonoursTheServer() {
    Backoff backoff = Backoff.fullJitter(Duration.ofSeconds(1), Duration.ofSeconds(60), new Random(1));
    Duration most = Duration.ZERO;
    for (int i = 0; i < 200; i++) {
      Duration wait = backoff.next();
      assertTrue(wait.toMillis() >= 200 && wait.compareTo(Duration.ofSeconds(60)) <= 0);
      assertTrue(i > 0 || wait.compareTo(Duration.ofSeconds(1)) <= 0);
      most = wait.compareTo(most) > 0 ? wait : most;
    }
    assertTrue(most.toSeconds() > 50);
    assertTrue(backoff.next(Duration.ofSeconds(90)).compareTo(Duration.ofSeconds(90)) >= 0);
    backoff.succeeded();
    assertTrue(backoff.next().compareTo(Duration.ofSeconds(1)) <= 0);
  }

  @Test
  void withoutJitterItDoublesUpToItsCap() {
    Backoff backoff = Backoff.withoutJitter(Duration.ofSeconds(1), Duration.ofSeconds(30));
    for (int seconds : new int[] {1, 2, 4, 8, 16, 30, 30}) {
      assertEquals(Duration.ofSeconds(seconds), backoff.next());
    }
    assertEquals(7, backoff.failures());
    assertEquals(Duration.ofSeconds(30), backoff.after(Integer.MAX_VALUE));
  }

  @Test
  void equalJitterKeepsHalfOfTheBound() {
    Backoff backoff = Backoff.equalJitter(Duration.ofMillis(40), Duration.ofSeconds(2), new Random(1));
    for (int i = 0; i < 100; i++) {
      long first = backoff.after(1).toMillis();
      assertTrue(first >= 20 && first <= 40, first + " ms");
      long last = backoff.after(20).toMillis();
      assertTrue(last >= 1000 && last <= 2000, last + " ms");
    }
  }
}
