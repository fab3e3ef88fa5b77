package io.cryptodm.layers;

import io.cryptodm.contracts.MinuteRanges;
import io.cryptodm.tables.read.TableReader;
import io.cryptodm.tables.rows.Row;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.expressions.Expressions;

/** Which minutes of a coin are known, with or without a trade. Read from the bronze table and cached by day. */
final class KnownMinutes {
  private static final Set<String> KNOWING = Set.of("observed", "history");

  /** Null if the lake has no such table: then no minute without a bar is known. */
  private final TableReader table;
  private final Fields fields;
  private final Map<CoinDay, MinuteRanges> days;

  private record CoinDay(Coin coin, long day) {}

  KnownMinutes(TableReader table, int cachedDays) {
    this.table = table;
    this.fields = table == null ? null : new Fields(table.columns());
    this.days = new LruMap<>(cachedDays);
  }

  /** The minutes that a row makes known; none for a source that was down. */
  MinuteRanges knownBy(Row row) {
    MinuteRanges known = new MinuteRanges();
    if (KNOWING.contains(fields.text(row, "state"))) {
      known.add(fields.minute(row, "start_window"), fields.minute(row, "end_window"));
    }
    return known;
  }

  Coin coinOf(Row row) {
    return fields.coin(row);
  }

  /** Adds minutes to the cache. @return those that were not cached before */
  MinuteRanges learn(Coin coin, MinuteRanges minutes) {
    MinuteRanges fresh = new MinuteRanges();
    for (MinuteRanges.Range range : minutes.list()) {
      for (long day = EpochMinutes.toEpochDay(range.from()); day * EpochMinutes.DAY < range.to(); day++) {
        long from = Math.max(range.from(), day * EpochMinutes.DAY);
        long to = Math.min(range.to(), (day + 1) * EpochMinutes.DAY);
        MinuteRanges cached = days.get(new CoinDay(coin, day));
        if (cached == null) {
          fresh.add(from, to);
        } else {
          for (long minute = from; minute < to; minute++) {
            if (!cached.contains(minute)) {
              fresh.add(minute, minute + 1);
            }
          }
          cached.add(from, to);
        }
      }
    }
    return fresh;
  }

  /** The known minutes of all coins in a slice, read from the table. */
  Map<Coin, MinuteRanges> knownIn(Slice slice) {
    Map<Coin, MinuteRanges> known = new HashMap<>();
    if (table != null) {
      // By contract an interval lies within one day.
      long from = slice.from() == Long.MIN_VALUE ? Long.MIN_VALUE : EpochMinutes.floor(slice.from(), EpochMinutes.DAY);
      table.scan(
          Filters.between("start_window", from, slice.to()),
          row -> {
            MinuteRanges its = knownBy(row);
            learn(coinOf(row), its);
            known.computeIfAbsent(coinOf(row), coin -> new MinuteRanges()).addAll(its.within(slice.from(), slice.to()));
          });
    }
    return known;
  }

  /** The known minutes in a range. */
  MinuteRanges known(Coin coin, long from, long to) {
    return known(Map.of(coin, new MinuteRanges.Range(from, to))).get(coin);
  }

  /** The known minutes in a range of each coin, in one lookup. */
  Map<Coin, MinuteRanges> known(Map<Coin, MinuteRanges.Range> wanted) {
    Map<Coin, MinuteRanges> known = new HashMap<>();
    Set<CoinDay> missing = new HashSet<>();
    wanted.forEach(
        (coin, range) -> {
          known.put(coin, new MinuteRanges());
          for (long day = EpochMinutes.toEpochDay(range.from()); day * EpochMinutes.DAY < range.to(); day++) {
            CoinDay key = new CoinDay(coin, day);
            MinuteRanges cached = days.get(key);
            if (cached == null) {
              missing.add(key);
            } else {
              known.get(coin).addAll(cached.within(range.from(), range.to()));
            }
          }
        });
    if (table != null && !missing.isEmpty()) {
      load(missing)
          .forEach(
              (key, ranges) -> {
                MinuteRanges.Range range = wanted.get(key.coin());
                known.get(key.coin()).addAll(ranges.within(range.from(), range.to()));
              });
    }
    return known;
  }

  private Map<CoinDay, MinuteRanges> load(Set<CoinDay> wanted) {
    Map<CoinDay, MinuteRanges> loaded = new HashMap<>();
    wanted.forEach(key -> loaded.put(key, new MinuteRanges()));
    long from = wanted.stream().mapToLong(CoinDay::day).min().orElseThrow() * EpochMinutes.DAY;
    long to = (wanted.stream().mapToLong(CoinDay::day).max().orElseThrow() + 1) * EpochMinutes.DAY;
    Collection<Coin> coins = wanted.stream().map(CoinDay::coin).distinct().toList();
    table.scan(
        Expressions.and(Filters.between("start_window", from, to), Filters.coins(coins)),
        row -> {
          // By contract an interval lies within one day.
          MinuteRanges its = loaded.get(new CoinDay(coinOf(row), EpochMinutes.toEpochDay(fields.minute(row, "start_window"))));
          if (its != null) {
            its.addAll(knownBy(row));
          }
        });
    days.putAll(loaded);
    return loaded;
  }

  void forget() {
    days.clear();
  }
}
