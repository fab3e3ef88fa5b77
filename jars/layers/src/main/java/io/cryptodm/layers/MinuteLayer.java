package io.cryptodm.layers;

import io.cryptodm.contracts.MinuteRanges;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Silver's minutes: the complete grid, from bars and from what is known of minutes without one. */
final class MinuteLayer {
  private MinuteLayer() {}

  /**
   * The minutes of a range. It must begin with a bar when nothing traded before.
   *
   * @param to exclusive
   * @param last what traded last before the range, or null
   * @param bars by minute; others than those of the range do no harm
   * @param known minutes that a source was watched in, or whose history it has told
   */
  static List<Minute> minutes(Coin coin, long from, long to, Minute.Last last, Map<Long, Bar> bars, MinuteRanges known) {
    List<Minute> minutes = new ArrayList<>((int) (to - from));
    Minute.Last now = last;
    for (long start = from; start < to; start++) {
      Bar bar = bars.get(start);
      if (bar != null) {
        now = new Minute.Last(start, bar.close(), bar.source());
      } else if (now == null) {
        throw new IllegalArgumentException("A grid begins with a trade: " + coin + " at minute " + start);
      }
      Minute.State state =
          bar != null ? Minute.State.TRADED : known.contains(start) ? Minute.State.CARRIED : Minute.State.MISSING;
      minutes.add(new Minute(coin, start, state, bar, now));
    }
    return minutes;
  }
}
