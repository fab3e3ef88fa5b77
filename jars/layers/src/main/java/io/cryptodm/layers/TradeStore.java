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
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.iceberg.expressions.Expressions;

/** The valued trades. The late ones, from a certain time on, are in memory; the early ones only in the table. */
final class TradeStore {
  private final LayerTable<Trade> table;
  private final Map<String, Trade> byId = new HashMap<>();
  private final Map<Coin, TreeMap<Long, Set<Trade>>> byMinute = new HashMap<>();
  private final Map<Trade.Holder, TreeSet<Trade>> byHolder = new HashMap<>();

  /** Microseconds since 1970; trades from then on are all in memory. */
  private long begin;

  TradeStore(LayerTable<Trade> table) {
    this.table = table;
  }

  /** Loads the late trades into memory. */
  void open(long itsBegin) {
    byId.clear();
    byMinute.clear();
    byHolder.clear();
    begin = itsBegin;
    table.scan(Expressions.greaterThanOrEqual("transaction_timestamp", begin), this::keep);
  }

  long begin() {
    return begin;
  }

  int size() {
    return byId.size();
  }

  /** Writes new trades and trades whose price has changed. */
  void put(Collection<Trade> trades) {
    table.write(trades);
    for (Trade trade : trades) {
      if (trade.at() >= begin) {
        drop(trade.id());
        keep(trade);
      }
    }
  }

  private void keep(Trade trade) {
    byId.put(trade.id(), trade);
    byMinute.computeIfAbsent(trade.coin(), coin -> new TreeMap<>()).computeIfAbsent(trade.minute(), at -> new HashSet<>()).add(trade);
    byHolder.computeIfAbsent(trade.holder(), holder -> new TreeSet<>(Trade.IN_TIME)).add(trade);
  }

  private void drop(String id) {
    Trade trade = byId.remove(id);
    if (trade == null) {
      return;
    }
    TreeMap<Long, Set<Trade>> minutes = byMinute.get(trade.coin());
    Set<Trade> its = minutes.get(trade.minute());
    its.remove(trade);
    if (its.isEmpty()) {
      minutes.remove(trade.minute());
    }
    if (minutes.isEmpty()) {
      byMinute.remove(trade.coin());
    }
    TreeSet<Trade> held = byHolder.get(trade.holder());
    held.remove(trade);
    if (held.isEmpty()) {
      byHolder.remove(trade.holder());
    }
  }

  /** The late trades of a holder, in order of time. */
  Collection<Trade> late(Trade.Holder holder) {
    return Collections.unmodifiableCollection(byHolder.getOrDefault(holder, new TreeSet<>(Trade.IN_TIME)));
  }

  /** The trades in memory before a time, by holder, in order of time. */
  Map<Trade.Holder, List<Trade>> lateBefore(long time) {
    Map<Trade.Holder, List<Trade>> early = new HashMap<>();
    byHolder.forEach(
        (holder, trades) -> {
          List<Trade> its = trades.stream().takeWhile(trade -> trade.at() < time).toList();
          if (!its.isEmpty()) {
            early.put(holder, its);
          }
        });
    return early;
  }

  /** The start of a minute from which on at most {@code trades} of those in memory were made; the present begin if there is none. */
  long beginOfLast(int trades) {
    if (byId.size() <= trades) {
      return begin;
    }
    List<Long> times = byId.values().stream().map(Trade::at).sorted(Comparator.reverseOrder()).toList();
    long time = EpochMinutes.toMicros(EpochMinutes.ofMicros(times.get(trades)) + 1);
    // Not within the newest minute, whose price may still be revised.
    return Math.max(begin, Math.min(time, EpochMinutes.toMicros(EpochMinutes.ofMicros(times.get(0)))));
  }

  /** Drops the trades before a time from memory. */
  void moveTo(long itsBegin) {
    byId.values().stream().filter(trade -> trade.at() < itsBegin).map(Trade::id).toList().forEach(this::drop);
    begin = itsBegin;
  }

  /** All trades of some minutes. */
  List<Trade> of(Map<Coin, MinuteRanges> minutes) {
    List<Trade> found = new ArrayList<>();
    Map<Coin, MinuteRanges> early = new HashMap<>();
    // If the time in memory begins within a minute, that minute counts as early.
    long bound = EpochMinutes.ofMicros(begin - 1) + 1;
    minutes.forEach(
        (coin, ranges) -> {
          MinuteRanges late = ranges.within(bound, Long.MAX_VALUE);
          TreeMap<Long, Set<Trade>> its = byMinute.get(coin);
          if (its != null) {
            late.list().forEach(range -> its.subMap(range.from(), range.to()).values().forEach(found::addAll));
          }
          MinuteRanges others = ranges.within(Long.MIN_VALUE, bound);
          if (!others.isEmpty()) {
            early.put(coin, others);
          }
        });
    if (!early.isEmpty() && !table.isEmpty()) {
      scan(early, found::add);
    }
    return found;
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

  /** All trades of some holders, in order of time; reads the whole table. */
  Map<Trade.Holder, List<Trade>> all(Collection<Trade.Holder> holders) {
    Map<Trade.Holder, List<Trade>> found = new HashMap<>();
    holders.forEach(holder -> found.put(holder, new ArrayList<>()));
    table.scan(
        Filters.users(holders),
        trade -> {
          List<Trade> its = found.get(trade.holder());
          if (its != null) {
            its.add(trade);
          }
        });
    found.values().forEach(trades -> trades.sort(Trade.IN_TIME));
    return found;
  }
}
