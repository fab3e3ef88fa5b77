package io.cryptodm.contracts;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MinuteRangesTest {
  @Test
  void rangesGrowTogetherAndTellTheirHoles() {
    Instant noon = Instant.parse("2025-07-08T12:00:00Z");
    Random random = new Random(5);
    for (int round = 0; round < 500; round++) {
      MinuteRanges ranges = new MinuteRanges();
      BitSet expected = new BitSet();
      for (int i = 0; i < 8; i++) {
        int from = random.nextInt(40);
        int to = from + random.nextInt(8);
        ranges.add(noon.plusSeconds(60L * from), noon.plusSeconds(60L * to));
        expected.set(from, to);
      }
      int low = random.nextInt(20);
      int high = low + random.nextInt(30);
      BitSet holes = new BitSet();
      for (MinuteRanges.Range hole : ranges.holes(noon.plusSeconds(60L * low), noon.plusSeconds(60L * high))) {
        holes.set((int) Duration.between(noon, hole.start()).toMinutes(), (int) Duration.between(noon, hole.end()).toMinutes());
      }
      for (int minute = 0; minute < 60; minute++) {
        assertEquals(expected.get(minute), ranges.contains(noon.plusSeconds(60L * minute)));
        assertEquals(minute >= low && minute < high && !expected.get(minute), holes.get(minute));
      }
      assertEquals(expected.cardinality(), ranges.minutes());
    }
  }
}
