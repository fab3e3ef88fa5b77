package io.cryptodm.layers;

import io.cryptodm.contracts.MinuteRanges;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;

/**
 * The valued trades. The late ones, from a certain minute on, are in memory as long as they are not too many; otherwise they are read from the
 * table when they are needed, as the early ones are.
 */
final class TradeStore {
  private final LayerTable<Trade> table;
  private final int most;

  /** Numbers of late trades by minute. */
  private final TreeMap<Long, Long> counts = new TreeMap<>();

  private long size;

  /** True while all late trades are in the maps below. */
  private boolean held;

  private final Map<String, Held> byId = new HashMap<>();
  private final Map<Coin, TreeMap<Long, List<Held>>> byMinute = new HashMap<>();

  /** In order of time. */
  private final Map<Trade.Holder, List<Held>> byHolder = new HashMap<>();

  /** A trade in memory; its price may change, its time does not. */
  private static final class Held {
    private static final Comparator<Held> IN_TIME = (one, other) -> Trade.IN_TIME.compare(one.trade, other.trade);

    private Trade trade;

    Held(Trade trade) {
      this.trade = trade;
    }
  }

  /** Microseconds since 1970, the start of a minute; trades from then on are late. */
  private long begin;

  /** @param most upper limit of the trades in memory, some 300 bytes each */
  TradeStore(LayerTable<Trade> table, int most) {
    this.table = table;
    this.most = most;
  }

  /** Reads the late trades. */
  void open(long itsBegin) {
    begin = itsBegin;
    clear();
    counts.clear();
    size = 0;
    held = true;
    table.scan(
        Expressions.greaterThanOrEqual("transaction_timestamp", begin),
        trade -> {
          if (trade.at() >= begin) {
            count(trade);
            keep(trade);
          }
        });
  }

  private void clear() {
    byId.clear();
    byMinute.clear();
    byHolder.clear();
  }

  long begin() {
    return begin;
  }

  /** Number of late trades. */
  long size() {
    return size;
  }

  /** Writes new trades and trades whose price has changed. */
  void put(Collection<Trade> trades, LayerTable.Written<Trade> each) {
    table.write(
        trades,
        (trade, isNew) -> {
          if (trade.at() >= begin && isNew) {
            count(trade);
          }
          each.row(trade, isNew);
        });
    for (Trade trade : trades) {
      if (trade.at() >= begin) {
        keep(trade);
      }
    }
  }

  private void count(Trade trade) {
    counts.merge(trade.minute(), 1L, Long::sum);
    size++;
  }

  private void keep(Trade trade) {
    if (!held) {
      return;
    }
    Held present = byId.get(trade.id());
    if (present != null) {
      present.trade = trade.of(present.trade.holder());
    } else if (byId.size() >= most) {
      held = false;
      clear();
    } else {
      List<Held> its = byHolder.computeIfAbsent(trade.holder(), holder -> new ArrayList<>(2));
      // All trades of a holder share one object of it.
      Held added = new Held(its.isEmpty() ? trade : trade.of(its.get(0).trade.holder()));
      int place = Collections.binarySearch(its, added, Held.IN_TIME);
      its.add(-place - 1, added);
      byId.put(trade.id(), added);
      byMinute.computeIfAbsent(trade.coin(), coin -> new TreeMap<>()).computeIfAbsent(trade.minute(), at -> new ArrayList<>()).add(added);
    }
  }

  /** Drops the trades before a time, the start of a minute, from memory. */
  private void dropBefore(long time) {
    byId.values().removeIf(its -> its.trade.at() < time);
    byMinute.values().removeIf(
        minutes -> {
          minutes.headMap(EpochMinutes.ofMicros(time)).clear();
          return minutes.isEmpty();
        });
    byHolder.values().removeIf(
        its -> {
          int early = 0;
          while (early < its.size() && its.get(early).trade.at() < time) {
            early++;
          }
          its.subList(0, early).clear();
          return its.isEmpty();
        });
  }

  /**
   * The start of a minute from which on at most {@code trades} late trades were made, but not of one whose prices may still be revised; the present
   * begin if there is none.
   *
   * @param revised the first minute whose prices may still be revised, as long as the late trades do not fill the memory
   */
  long beginOfLast(long trades, long revised) {
    long later = 0;
    long settled = Long.MAX_VALUE;
    for (Map.Entry<Long, Long> minute : counts.descendingMap().entrySet()) {
      later += minute.getValue();
      // A tenth may have times in the future.
      if (settled == Long.MAX_VALUE && later * 10 > size) {
        settled = minute.getKey() - 1;
      }
      if (later > trades) {
        long first = Math.min(minute.getKey() + 1, settled);
        return Math.max(begin, EpochMinutes.toMicros(held ? Math.min(first, revised) : first));
      }
    }
    return begin;
  }

  /** Makes the trades before a time early ones. */
  void moveTo(long itsBegin) {
    Map<Long, Long> early = counts.headMap(EpochMinutes.ofMicros(itsBegin));
    size -= early.values().stream().mapToLong(Long::longValue).sum();
    early.clear();
    if (held) {
      dropBefore(itsBegin);
      begin = itsBegin;
    } else if (size <= most / 2) {
      open(itsBegin);
    } else {
      begin = itsBegin;
    }
  }

  /** The number of late trades in some minutes; those of other coins in the same minutes may count, too. */
  long countLate(Map<Coin, MinuteRanges> minutes) {
    Set<Long> counted = new HashSet<>();
    long number = 0;
    for (MinuteRanges ranges : minutes.values()) {
      for (MinuteRanges.Range range : ranges.list()) {
        for (Map.Entry<Long, Long> minute : counts.subMap(range.from(), range.to()).entrySet()) {
          number += counted.add(minute.getKey()) ? minute.getValue() : 0;
        }
      }
    }
    return number;
  }

  // ---- By minute ------------------------------------------------------------------------------------------------------------------

  /** Passes all trades of some minutes, in any order. */
  void each(Map<Coin, MinuteRanges> minutes, Consumer<Trade> each) {
    List<Trade> late = new ArrayList<>();
    Map<Coin, MinuteRanges> others = new HashMap<>();
    // If the time in memory begins within a minute, that minute counts as early.
    long bound = held ? EpochMinutes.ofMicros(begin - 1) + 1 : Long.MAX_VALUE;
    minutes.forEach(
        (coin, ranges) -> {
          TreeMap<Long, List<Held>> its = byMinute.get(coin);
          if (its != null) {
            for (MinuteRanges.Range range : ranges.within(bound, Long.MAX_VALUE).list()) {
              its.subMap(range.from(), range.to()).values().forEach(all -> all.forEach(one -> late.add(one.trade)));
            }
          }
          MinuteRanges early = ranges.within(Long.MIN_VALUE, bound);
          if (!early.isEmpty()) {
            others.put(coin, early);
          }
        });
    late.forEach(each);
    if (!others.isEmpty() && !table.isEmpty()) {
      scan(others, each);
    }
  }

  /** Day by day, so that minutes of last year and of today do not read everything in between. */
  private void scan(Map<Coin, MinuteRanges> minutes, Consumer<Trade> each) {
    TreeMap<Long, Map<Coin, MinuteRanges>> days = new TreeMap<>();
    minutes.forEach(
        (coin, ranges) ->
            ranges.list().forEach(
                range -> {
                  for (long day = EpochMinutes.toEpochDay(range.from()); day * EpochMinutes.DAY < range.to(); day++) {
                    days.computeIfAbsent(day, its -> new HashMap<>())
                        .computeIfAbsent(coin, its -> new MinuteRanges())
                        .addAll(new MinuteRanges(range).within(day * EpochMinutes.DAY, (day + 1) * EpochMinutes.DAY));
                  }
                }));
    days.values().forEach(
        coins -> {
          long from = coins.values().stream().mapToLong(MinuteRanges::first).min().orElseThrow();
          long to = coins.values().stream().mapToLong(MinuteRanges::end).max().orElseThrow();
          table.scan(
              Expressions.and(Filters.between("transaction_timestamp", from, to), Filters.coins(coins.keySet())),
              trade -> {
                MinuteRanges its = coins.get(trade.coin());
                if (its != null && its.contains(trade.minute())) {
                  each.accept(trade);
                }
              });
        });
  }

  // ---- In order of time -----------------------------------------------------------------------------------------------------------

  /** The holders with a trade from a late time on and before another one. */
  Set<Trade.Holder> holders(long from, long to) {
    Set<Trade.Holder> holders = new HashSet<>();
    if (held) {
      byHolder.forEach(
          (holder, trades) -> {
            if (trades.get(0).trade.at() < to) {
              holders.add(holder);
            }
          });
    } else {
      table.scan(
          timeBetween(from, to),
          trade -> {
            if (trade.at() >= from && trade.at() < to) {
              holders.add(trade.holder());
            }
          });
    }
    return holders;
  }

  /** Passes the late trades of some holders before a time; those of each holder in order of time. */
  void late(Collection<Trade.Holder> holders, long to, Consumer<Trade> each) {
    if (held) {
      for (Trade.Holder holder : holders) {
        for (Held its : byHolder.getOrDefault(holder, List.of())) {
          if (its.trade.at() < to) {
            each.accept(its.trade);
          }
        }
      }
    } else {
      inOrder(holders, begin, to, each);
    }
  }

  /** Passes the early trades of some holders; those of each holder in order of time. Reads the whole table. */
  void early(Collection<Trade.Holder> holders, Consumer<Trade> each) {
    inOrder(holders, Long.MIN_VALUE, begin, each);
  }

  /** Reads the trades of a range of time; when they are too many for the memory, parts of the range one after the other. */
  private void inOrder(Collection<Trade.Holder> holders, long from, long to, Consumer<Trade> each) {
    Set<Trade.Holder> wanted = holders instanceof Set<Trade.Holder> set ? set : new HashSet<>(holders);
    Expression users = Filters.users(wanted);
    Predicate<Trade> isWanted = trade -> trade.at() >= from && trade.at() < to && wanted.contains(trade.holder());
    List<Trade> found = new ArrayList<>();
    long[] seen = {0, Long.MAX_VALUE, Long.MIN_VALUE};
    table.scan(
        Expressions.and(timeBetween(from, to), users),
        trade -> {
          if (isWanted.test(trade)) {
            seen[0]++;
            seen[1] = Math.min(seen[1], trade.at());
            seen[2] = Math.max(seen[2], trade.at());
            if (seen[0] <= most || seen[1] == seen[2]) {
              found.add(trade);
            } else {
              found.clear();
            }
          }
        });
    if (seen[0] == found.size()) {
      found.sort(Trade.IN_TIME);
      found.forEach(each);
      return;
    }
    long span = seen[2] - seen[1] + 1;
    long parts = Math.min(span, 2 * (seen[0] / most + 1));
    for (long part = 0; part < parts; part++) {
      inOrder(wanted, seen[1] + (long) ((double) span * part / parts), part == parts - 1 ? seen[2] + 1 : seen[1] + (long) ((double) span * (part + 1) / parts), each);
    }
  }

  private static Expression timeBetween(long from, long to) {
    Expression begun = from == Long.MIN_VALUE ? Expressions.alwaysTrue() : Expressions.greaterThanOrEqual("transaction_timestamp", from);
    Expression ended = to == Long.MAX_VALUE ? Expressions.alwaysTrue() : Expressions.lessThan("transaction_timestamp", to);
    return Expressions.and(begun, ended);
  }
}
