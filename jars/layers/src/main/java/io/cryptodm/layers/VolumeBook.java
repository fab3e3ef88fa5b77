package io.cryptodm.layers;

import io.cryptodm.contracts.MinuteRanges;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Keeps gold's volumes up to date: the sums of the hours that were traded last are in memory and follow each trade; those of another hour are added
 * up from the table of trades when it changes.
 */
final class VolumeBook {
  private static final int MANY_ROWS = 20_000;

  private final LayerTable<Volume> table;
  private final TradeStore trades;
  private final long most;

  /** The least recently used first. */
  private final Map<Key, VolumeHour> hours = new LinkedHashMap<>(16, 0.75f, true);

  private record Key(Coin coin, long hour) {
    static Key of(Trade trade) {
      return new Key(trade.coin(), EpochMinutes.floor(trade.minute(), 60));
    }
  }

  /**
   * A change of the table of trades.
   *
   * @param before null for a new trade
   */
  record Change(Trade before, Trade after) {}

  /** @param most bytes of the hours in memory, apart from those that are just being written */
  VolumeBook(LayerTable<Volume> table, TradeStore trades, long most) {
    this.table = table;
    this.trades = trades;
    this.most = most;
  }

  /** Follows a change; call after it was written. */
  void follow(Change change) {
    VolumeHour hour = hours.get(Key.of(change.after()));
    if (hour != null) {
      if (change.before() == null) {
        hour.add(change.after());
      } else {
        hour.revalue(change.before(), change.after());
      }
    }
  }

  /** Call when a trade was replaced whose values are unknown. */
  void forget(Trade trade) {
    hours.remove(Key.of(trade));
  }

  void forget() {
    hours.clear();
  }

  /** Writes the minutes and hours of trades; unchanged ones write nothing. */
  void write(Collection<Trade> changed) {
    TreeMap<Long, Map<Key, TreeSet<Long>>> days = new TreeMap<>();
    for (Trade trade : changed) {
      days.computeIfAbsent((long) EpochMinutes.toEpochDay(trade.minute()), day -> new HashMap<>())
          .computeIfAbsent(Key.of(trade), hour -> new TreeSet<>())
          .add(trade.minute());
    }
    List<Volume> made = new ArrayList<>();
    for (Map<Key, TreeSet<Long>> day : days.values()) {
      load(day.keySet());
      day.forEach(
          (key, minutes) -> {
            VolumeHour hour = hours.get(key);
            minutes.forEach(minute -> made.add(hour.minute(minute)));
            made.add(hour.hour());
          });
      shrink();
      if (made.size() >= MANY_ROWS) {
        table.write(made);
        made.clear();
      }
    }
    table.write(made);
  }

  private void load(Collection<Key> wanted) {
    Map<Coin, MinuteRanges> missing = new HashMap<>();
    for (Key key : wanted) {
      if (hours.get(key) == null) {
        hours.put(key, new VolumeHour(key.coin(), key.hour()));
        missing.computeIfAbsent(key.coin(), coin -> new MinuteRanges()).add(key.hour(), key.hour() + 60);
      }
    }
    trades.each(missing, trade -> hours.get(Key.of(trade)).add(trade));
  }

  private void shrink() {
    long bytes = hours.values().stream().mapToLong(VolumeHour::bytes).sum();
    for (Iterator<VolumeHour> eldest = hours.values().iterator(); bytes > most && eldest.hasNext(); ) {
      bytes -= eldest.next().bytes();
      eldest.remove();
    }
  }
}
