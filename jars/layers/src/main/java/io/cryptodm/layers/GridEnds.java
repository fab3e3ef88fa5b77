package io.cryptodm.layers;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.iceberg.expressions.Expressions;

/** The newest minutes of each coin's grid, from which it grows. */
final class GridEnds {
  private static final int REMEMBERED = 20_000;
  private static final int WINDOW = 10;

  /** Minutes that are looked through for the newest of a coin before all of them are, the likeliest first. */
  private static final long[] REACHES = {EpochMinutes.DAY, 31 * EpochMinutes.DAY};

  private final LayerTable<Minute> table;
  private final Map<Coin, Head> heads = new LruMap<>(REMEMBERED);

  /** Coins that have no grid, for which all minutes would be looked through in vain. */
  private final Map<Coin, Boolean> absent = new LruMap<>(REMEMBERED);

  /**
   * The end of a grid.
   *
   * @param newest its last minute
   * @param window the last minutes up to it, as far as this process has made them
   */
  record Head(Minute newest, TreeMap<Long, Minute> window) {
    /** Minutes before it are known from the table only. */
    long begin() {
      return window.isEmpty() ? newest.start() + 1 : window.firstKey();
    }
  }

  GridEnds(LayerTable<Minute> table) {
    this.table = table;
  }

  Optional<Head> of(Coin coin) {
    return Optional.ofNullable(heads.get(coin));
  }

  /** The newest minute that the lake knows of a coin; of one without a grid none. */
  Map<Coin, Minute> newest(Collection<Coin> coins) {
    load(coins);
    Map<Coin, Minute> newest = new HashMap<>();
    for (Coin coin : coins) {
      of(coin).ifPresent(head -> newest.put(coin, head.newest()));
    }
    return newest;
  }

  /** Looks into the table for those that are not remembered. */
  void load(Collection<Coin> coins) {
    Set<Coin> missing = new HashSet<>(coins);
    missing.removeAll(heads.keySet());
    missing.removeAll(absent.keySet());
    Long highest = missing.isEmpty() ? null : table.highest("start_window");
    if (highest == null) {
      return;
    }
    long to = EpochMinutes.minute(highest) + 1;
    for (long reach : REACHES) {
      if (!missing.isEmpty()) {
        look(missing, EpochMinutes.minute(highest) - reach, to);
        to = EpochMinutes.minute(highest) - reach;
      }
    }
    if (!missing.isEmpty()) {
      look(missing, Long.MIN_VALUE, to);
      missing.forEach(coin -> absent.put(coin, true));
    }
  }

  /** Takes those that are found out of those that are missing. */
  private void look(Set<Coin> missing, long from, long to) {
    Map<Coin, Minute> newest = new HashMap<>();
    table.scan(
        Expressions.and(Filters.between("start_window", from, to), Filters.coins(missing)),
        minute -> {
          if (missing.contains(minute.coin())) {
            newest.merge(minute.coin(), minute, (one, other) -> one.start() >= other.start() ? one : other);
          }
        });
    newest.forEach((coin, minute) -> heads.put(coin, new Head(minute, new TreeMap<>())));
    missing.removeAll(newest.keySet());
  }

  /** The grid has grown, or its end has changed. */
  void put(Coin coin, TreeMap<Long, Minute> latest) {
    TreeMap<Long, Minute> window = new TreeMap<>(latest.tailMap(latest.lastKey() - WINDOW, false));
    heads.put(coin, new Head(latest.lastEntry().getValue(), window));
    absent.remove(coin);
  }

  void forget(Coin coin) {
    heads.remove(coin);
  }

  void forget() {
    heads.clear();
    absent.clear();
  }
}
