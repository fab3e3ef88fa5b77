package io.cryptodm.layers;

import io.cryptodm.contracts.MinuteRanges;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.iceberg.expressions.Expressions;

/** Keeps gold's candles up to date. Each is rolled up from those of the next shorter period, so that one minute costs five small sums. */
final class CandleRollup {
  /** Upper limit of the shortest candles that are calculated together. */
  private static final int MANY_BLOCKS = 10_000;

  private static final int MANY_CANDLES = 20_000;

  private final LayerTable<Candle> table;
  private final MinuteCache minutes;
  private final GridEnds gridEnds;
  private final Map<CandleKey, TreeMap<Long, Candle>> cached;

  /** The key of a candle; its parts are cached under it. */
  private record CandleKey(Coin coin, Period period, long start) {}

  CandleRollup(LayerTable<Candle> table, MinuteCache minutes, GridEnds gridEnds, int cachedCandles) {
    this.table = table;
    this.minutes = minutes;
    this.gridEnds = gridEnds;
    this.cached = new LruMap<>(cachedCandles);
  }

  /** Calculates the candles of the affected minutes, day by day, because the longest candle is a day. */
  void apply(Map<Coin, MinuteRanges> affected) {
    Map<Coin, Minute> newest = gridEnds.newest(affected.keySet());
    TreeMap<Long, Set<MinuteCache.Block>> days = new TreeMap<>();
    affected.forEach(
        (coin, ranges) ->
            ranges.list().forEach(
                range -> {
                  for (long at = EpochMinutes.floor(range.from(), MinuteCache.LENGTH); at < range.to(); at += MinuteCache.LENGTH) {
                    days.computeIfAbsent((long) EpochMinutes.toEpochDay(at), day -> new HashSet<>()).add(new MinuteCache.Block(coin, at));
                  }
                }));
    List<Candle> made = new ArrayList<>();
    for (Set<MinuteCache.Block> day : days.values()) {
      // The whole day of a coin together, because longer candles are made of shorter ones.
      List<MinuteCache.Block> blocks = new ArrayList<>(day);
      blocks.sort(java.util.Comparator.comparing(MinuteCache.Block::coin));
      int begun = 0;
      for (int i = 1; i <= blocks.size(); i++) {
        boolean coinEnds = i == blocks.size() || !blocks.get(i).coin().equals(blocks.get(i - 1).coin());
        if (coinEnds && (i == blocks.size() || i - begun >= MANY_BLOCKS)) {
          made.addAll(applyDay(new HashSet<>(blocks.subList(begun, i)), newest));
          begun = i;
          if (made.size() >= MANY_CANDLES) {
            table.write(made);
            made.clear();
          }
        }
      }
    }
    table.write(made);
  }

  private List<Candle> applyDay(Set<MinuteCache.Block> blocks, Map<Coin, Minute> newest) {
    List<Candle> made = new ArrayList<>();
    List<Candle> parts = new ArrayList<>();
    minutes
        .load(blocks)
        .forEach(
            (block, its) -> {
              if (!its.isEmpty()) {
                parts.add(CandleLayer.ofMinutes(block.start(), its.values(), newest.get(block.coin()).start()));
              }
            });
    made.addAll(parts);
    for (Period period : Period.values()) {
      if (period != Period.FIVE_MINUTES) {
        List<Candle> longer = new ArrayList<>();
        load(period, parts)
            .forEach(
                (key, its) ->
                    longer.add(CandleLayer.ofCandles(period, key.start(), its.values(), newest.get(key.coin()).start())));
        made.addAll(longer);
        parts.clear();
        parts.addAll(longer);
      }
    }
    return made;
  }

  /** All parts of the candles of a period that contain some new parts, the new ones included. */
  private Map<CandleKey, TreeMap<Long, Candle>> load(Period period, List<Candle> fresh) {
    Map<CandleKey, TreeMap<Long, Candle>> over = new HashMap<>();
    for (Candle part : fresh) {
      over.computeIfAbsent(keyOver(part, period), key -> new TreeMap<>()).put(part.start(), part);
    }
    Map<CandleKey, TreeMap<Long, Candle>> missing = new HashMap<>();
    over.forEach(
        (key, its) -> {
          TreeMap<Long, Candle> known = cached.get(key);
          if (known != null) {
            known.forEach(its::putIfAbsent);
          } else if (its.size() < period.minutes() / period.part()) {
            missing.put(key, its);
          }
        });
    if (!missing.isEmpty()) {
      scan(period, missing);
    }
    cached.putAll(over);
    return over;
  }

  private static CandleKey keyOver(Candle part, Period period) {
    return new CandleKey(part.coin(), period, EpochMinutes.floor(part.start(), period.minutes()));
  }

  private void scan(Period period, Map<CandleKey, TreeMap<Long, Candle>> missing) {
    Period shorter = Period.values()[period.ordinal() - 1];
    long from = missing.keySet().stream().mapToLong(CandleKey::start).min().orElseThrow();
    long to = missing.keySet().stream().mapToLong(CandleKey::start).max().orElseThrow() + period.minutes();
    Set<Coin> coins = new HashSet<>();
    missing.keySet().forEach(key -> coins.add(key.coin()));
    table.scan(
        Expressions.and(
            Expressions.and(Filters.between("start_window", from, to), Filters.coins(coins)), Expressions.equal("period", shorter.wire())),
        part -> {
          TreeMap<Long, Candle> its = missing.get(keyOver(part, period));
          if (its != null) {
            its.putIfAbsent(part.start(), part);
          }
        });
  }

  void forget() {
    cached.clear();
  }
}
