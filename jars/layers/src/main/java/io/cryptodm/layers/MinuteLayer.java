package io.cryptodm.layers;

import io.cryptodm.contracts.MinuteRanges;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Calculates silver's complete grid of minutes, from bars and from the known minutes without one. */
final class MinuteLayer {
  private MinuteLayer() {}

  /**
   * The minutes of a range, which must begin with a bar if no price is known before.
   *
   * @param to exclusive
   * @param last the last price before the range, or null
   * @param bars by minute; bars outside the range are ignored
   * @param known minutes in which the source was watched, or whose history it has given
   */
  static List<Minute> minutes(Coin coin, long from, long to, Minute.Last last, Map<Long, Bar> bars, MinuteRanges known) {
    List<Minute> minutes = new ArrayList<>((int) (to - from));
    Minute.Last now = last;
    for (long start = from; start < to; start++) {
      Bar bar = bars.get(start);
      if (bar != null) {
        Long traded = bar.isQuoted() ? (now == null ? null : now.traded()) : Long.valueOf(start);
        now = new Minute.Last(start, bar.close(), bar.source(), traded);
      } else if (now == null) {
        throw new IllegalArgumentException(
            "The grid of " + coin + " has no price at or before its first minute, " + start
                + " minutes since 1970: this is a fault of the layers, report it");
      }
      minutes.add(new Minute(coin, start, state(bar, known.contains(start)), bar, now));
    }
    return minutes;
  }

  private static Minute.State state(Bar bar, boolean isKnown) {
    if (bar != null) {
      return bar.isQuoted() ? Minute.State.QUOTED : Minute.State.TRADED;
    }
    return isKnown ? Minute.State.CARRIED : Minute.State.MISSING;
  }
}
