package io.cryptodm.layers;

import io.cryptodm.contracts.MinuteRanges;
import io.cryptodm.tables.read.TableReader;
import io.cryptodm.tables.rows.Row;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.expressions.Expressions;

/** Which minutes of a coin are known, with or without a trade. Read from the bronze table and cached by day. */
final class KnownMinutes {
  private static final Set<String> KNOWING = Set.of("observed", "history");
  private static final String REFUSED = "refused";

  /** Null if the lake has no such table: then no minute without a bar is known. */
  private final TableReader table;
  private final Fields fields;
  private final CoinNames names;
  private final FirstBars firstBars;
  private final Map<CoinDay, Said> days;

  private record CoinDay(Coin coin, long day) {}

  /**
   * What rows say about minutes of a coin. A refused minute is not known, whatever else is said about it: the source did give a bar.
   *
   * @param known minutes in which the source was watched, or whose history it has given: a grid reaches to the last of them
   * @param refused minutes of which it gave a bar that was refused
   */
  record Said(MinuteRanges known, MinuteRanges refused) {
    Said() {
      this(new MinuteRanges(), new MinuteRanges());
    }

    void add(Said other) {
      known.addAll(other.known);
      refused.addAll(other.refused);
    }

    Said within(long from, long to) {
      return new Said(known.within(from, to), refused.within(from, to));
    }

    /** The minutes of another one that this one does not have. */
    Said fresh(Said other) {
      return new Said(other.known.without(known), other.refused.without(refused));
    }

    /** The known minutes that are not refused. */
    MinuteRanges certain() {
      return refused.isEmpty() ? known : known.without(refused);
    }
  }

  KnownMinutes(TableReader table, CoinNames names, FirstBars firstBars, int cachedDays) {
    this.table = table;
    this.fields = table == null ? null : new Fields(table.columns(), names);
    this.names = names;
    this.firstBars = firstBars;
    this.days = new LruMap<>(cachedDays);
  }

  /** What a row says; nothing for a source that was down, or of a time before the name of the row. */
  Said saidBy(Row row) {
    Said said = new Said();
    String state = fields.text(row, "state");
    MinuteRanges minutes = KNOWING.contains(state) ? said.known() : REFUSED.equals(state) ? said.refused() : null;
    if (minutes != null) {
      minutes.add(Math.max(fields.minute(row, "start_window"), firstBars.begin(fields.named(row))), fields.minute(row, "end_window"));
    }
    return said;
  }

  Coin coinOf(Row row) {
    return fields.coin(row);
  }

  /** Adds minutes to the cache. @return those that were not cached before */
  Said learn(Coin coin, Said said) {
    Said fresh = new Said();
    for (MinuteRanges its : List.of(said.known(), said.refused())) {
      for (MinuteRanges.Range range : its.list()) {
        for (long day = EpochMinutes.toEpochDay(range.from()); day * EpochMinutes.DAY < range.to(); day++) {
          Said ofDay = said.within(day * EpochMinutes.DAY, (day + 1) * EpochMinutes.DAY);
          Said cached = days.get(new CoinDay(coin, day));
          fresh.add(cached == null ? ofDay : cached.fresh(ofDay));
          if (cached != null) {
            cached.add(ofDay);
          }
        }
      }
    }
    return fresh;
  }

  /** What is said about all coins in a slice, read from the table. */
  Map<Coin, Said> saidIn(Slice slice) {
    Map<Coin, Said> found = new HashMap<>();
    if (table != null) {
      // By contract an interval lies within one day.
      long from = slice.from() == Long.MIN_VALUE ? Long.MIN_VALUE : EpochMinutes.floor(slice.from(), EpochMinutes.DAY);
      table.scan(
          Filters.between("start_window", from, slice.to()),
          row -> {
            Said its = saidBy(row);
            learn(coinOf(row), its);
            found.computeIfAbsent(coinOf(row), coin -> new Said()).add(its.within(slice.from(), slice.to()));
          });
    }
    return found;
  }

  /**
   * Call when first bars have come: what was watched under their names counts from then on, also what was taken before.
   *
   * @param begins minutes of the first bars
   * @param to exclusive
   */
  Map<Coin, Said> saidSince(Map<Coin, Long> begins, long to) {
    Map<Coin, Said> found = new HashMap<>();
    if (!begins.isEmpty()) {
      forget();
      saidIn(new Slice(Collections.min(begins.values()), to)).forEach((coin, said) -> found.put(coin, said.within(begins.getOrDefault(coin, to), to)));
    }
    return found;
  }

  /** What is said about a range. */
  Said said(Coin coin, long from, long to) {
    return said(Map.of(coin, new MinuteRanges.Range(from, to))).get(coin);
  }

  /** What is said about a range of each coin, in one lookup. */
  Map<Coin, Said> said(Map<Coin, MinuteRanges.Range> wanted) {
    Map<Coin, Said> found = new HashMap<>();
    Set<CoinDay> missing = new HashSet<>();
    wanted.forEach(
        (coin, range) -> {
          found.put(coin, new Said());
          for (long day = EpochMinutes.toEpochDay(range.from()); day * EpochMinutes.DAY < range.to(); day++) {
            CoinDay key = new CoinDay(coin, day);
            Said cached = days.get(key);
            if (cached == null) {
              missing.add(key);
            } else {
              found.get(coin).add(cached.within(range.from(), range.to()));
            }
          }
        });
    if (table != null && !missing.isEmpty()) {
      load(missing)
          .forEach(
              (key, said) -> {
                MinuteRanges.Range range = wanted.get(key.coin());
                found.get(key.coin()).add(said.within(range.from(), range.to()));
              });
    }
    return found;
  }

  private Map<CoinDay, Said> load(Set<CoinDay> wanted) {
    Map<CoinDay, Said> loaded = new HashMap<>();
    wanted.forEach(key -> loaded.put(key, new Said()));
    long from = wanted.stream().mapToLong(CoinDay::day).min().orElseThrow() * EpochMinutes.DAY;
    long to = (wanted.stream().mapToLong(CoinDay::day).max().orElseThrow() + 1) * EpochMinutes.DAY;
    Collection<Coin> coins = wanted.stream().map(CoinDay::coin).distinct().toList();
    table.scan(
        Expressions.and(Filters.between("start_window", from, to), Filters.coins(names.allNames(coins))),
        row -> {
          // By contract an interval lies within one day.
          Said its = loaded.get(new CoinDay(coinOf(row), EpochMinutes.toEpochDay(fields.minute(row, "start_window"))));
          if (its != null) {
            its.add(saidBy(row));
          }
        });
    days.putAll(loaded);
    return loaded;
  }

  void forget() {
    days.clear();
  }
}
