package io.cryptodm.layers;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.iceberg.expressions.Expressions;

/** The newest minutes of each coin's grid, to which new minutes are added. */
final class GridEnds {
  private static final int CACHED = 20_000;
  private static final int WINDOW = 10;

  /** How far back the newest minute of a coin is looked for, in minutes, before the whole table is read. */
  private static final long[] REACHES = {EpochMinutes.DAY, 31 * EpochMinutes.DAY};

  private final LayerTable<Minute> table;
  private final Map<Coin, End> ends = new LruMap<>(CACHED);

  /** Coins known to have no grid, so that the whole table is not read for them again. */
  private final Map<Coin, Boolean> absent = new LruMap<>(CACHED);

  private long latest;

  /**
   * The end of a grid.
   *
   * @param newest its last minute
   * @param window the last minutes up to it, as far as this process has written them
   * @param before the last price before these; null where the grid begins with them, or without any
   */
  record End(Minute newest, TreeMap<Long, Minute> window, Minute.Last before) {
    /** The first minute in memory; earlier ones are in the table only. */
    long begin() {
      return window.isEmpty() ? newest.start() + 1 : window.firstKey();
    }
  }

  GridEnds(LayerTable<Minute> table) {
    this.table = table;
  }

  /** The newest minute of all grids that this process has seen; 0 before the first. */
  long latest() {
    return latest;
  }

  Optional<End> of(Coin coin) {
    return Optional.ofNullable(ends.get(coin));
  }

  /** The newest minute of each coin; none for a coin without a grid. */
  Map<Coin, Minute> newest(Collection<Coin> coins) {
    load(coins);
    Map<Coin, Minute> newest = new HashMap<>();
    for (Coin coin : coins) {
      of(coin).ifPresent(end -> newest.put(coin, end.newest()));
    }
    return newest;
  }

  /** Loads the ends that are not cached from the table. */
  void load(Collection<Coin> coins) {
    Set<Coin> missing = new HashSet<>(coins);
    missing.removeAll(ends.keySet());
    missing.removeAll(absent.keySet());
    Long highest = missing.isEmpty() ? null : table.highest("start_window");
    if (highest == null) {
      return;
    }
    long to = EpochMinutes.ofMicros(highest) + 1;
    for (long reach : REACHES) {
      if (!missing.isEmpty()) {
        scan(missing, EpochMinutes.ofMicros(highest) - reach, to);
        to = EpochMinutes.ofMicros(highest) - reach;
      }
    }
    if (!missing.isEmpty()) {
      scan(missing, Long.MIN_VALUE, to);
      missing.forEach(coin -> absent.put(coin, true));
    }
  }

  /** Reads a range of the table; removes the coins it finds from {@code missing}. */
  private void scan(Set<Coin> missing, long from, long to) {
    Map<Coin, Minute> newest = new HashMap<>();
    table.scan(
        Expressions.and(Filters.between("start_window", from, to), Filters.coins(missing)),
        minute -> {
          if (missing.contains(minute.coin())) {
            newest.merge(minute.coin(), minute, (one, other) -> one.start() >= other.start() ? one : other);
          }
        });
    newest.forEach((coin, minute) -> put(coin, new End(minute, new TreeMap<>(), null)));
    missing.removeAll(newest.keySet());
  }

  /**
   * Call when the end of a grid has changed.
   *
   * @param its last minutes, without a hole
   * @param before the last price before these; null where the grid begins with them
   */
  void put(Coin coin, TreeMap<Long, Minute> its, Minute.Last before) {
    TreeMap<Long, Minute> window = new TreeMap<>(its.tailMap(its.lastKey() - WINDOW, false));
    Minute previous = its.get(window.firstKey() - 1);
    put(coin, new End(its.lastEntry().getValue(), window, previous == null ? before : previous.last()));
    absent.remove(coin);
  }

  private void put(Coin coin, End end) {
    ends.put(coin, end);
    latest = Math.max(latest, end.newest().start());
  }

  void forget(Coin coin) {
    ends.remove(coin);
  }

  void forget() {
    ends.clear();
    absent.clear();
  }
}
