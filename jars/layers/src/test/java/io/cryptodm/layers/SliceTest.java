package io.cryptodm.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SliceTest {
  private static List<Slice> slices(TreeMap<Long, Long> days, long rows, Map<Long, long[]> minutes) {
    List<Slice> slices = new ArrayList<>();
    Slice slice = new Slice(0, Long.MIN_VALUE);
    while (!slice.isLast()) {
      slice = Slice.next(slice.to(), days, rows, minutes::get);
      slices.add(slice);
    }
    return slices;
  }

  @Test
  void fewRowsAreOneSlice() {
    assertEquals(List.of(Slice.ALL), slices(new TreeMap<>(Map.of(3L, 10L, 9L, 10L)), 20, Map.of()));
    assertEquals(List.of(Slice.ALL), slices(new TreeMap<>(), 20, Map.of()));
  }

  @Test
  void daysAreJoinedUpToTheNumberOfRows() {
    TreeMap<Long, Long> days = new TreeMap<>(Map.of(3L, 10L, 4L, 10L, 9L, 10L));
    assertEquals(List.of(new Slice(Long.MIN_VALUE, 9 * 1440), new Slice(9 * 1440, Long.MAX_VALUE)), slices(days, 20, Map.of()));
  }

  @Test
  void burstIsCutByItsMinutes() {
    long[] minutes = new long[1440];
    minutes[600] = 50;
    minutes[601] = 30;
    minutes[602] = 30;
    minutes[700] = 5;
    TreeMap<Long, Long> days = new TreeMap<>(Map.of(3L, 115L, 4L, 10L));
    long day = 3 * 1440;
    assertEquals(
        List.of(
            new Slice(Long.MIN_VALUE, day + 601), new Slice(day + 601, day + 602), new Slice(day + 602, day + 1440),
            new Slice(day + 1440, Long.MAX_VALUE)),
        slices(days, 40, Map.of(3L, minutes)));
  }
}
