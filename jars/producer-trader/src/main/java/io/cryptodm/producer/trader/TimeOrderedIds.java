package io.cryptodm.producer.trader;

import java.security.SecureRandom;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * UUIDs of version 7 (RFC 9562, method 1 of section 6.2): 48 bits of milliseconds, a counter of 12 bits, 62 random bits. Each one sorts after
 * the one before it, also within a millisecond and when the clock steps back.
 */
final class TimeOrderedIds {
  private static final int COUNTER_BITS = 12;
  private static final int COUNTER_MASK = (1 << COUNTER_BITS) - 1;
  private static final long VERSION = 0x7000L;
  private static final long VARIANT = 0x8000000000000000L;
  private static final long RANDOM_MASK = 0x3fffffffffffffffL;

  private final RandomGenerator random;
  private long lastMillis;
  private int counter;

  TimeOrderedIds() {
    this(new SecureRandom());
  }

  TimeOrderedIds(RandomGenerator random) {
    this.random = random;
  }

  /** The next id. @param millis since 1970, UTC */
  UUID next(long millis) {
    if (millis > lastMillis) {
      lastMillis = millis;
      // Starts in the lower half, so that the counter has room.
      counter = random.nextInt(1 << (COUNTER_BITS - 1));
    } else if (counter < COUNTER_MASK) {
      counter++;
    } else {
      lastMillis++;
      counter = 0;
    }
    return new UUID(lastMillis << 16 | VERSION | counter, VARIANT | random.nextLong() & RANDOM_MASK);
  }
}
