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

/** Keeps gold's candles right: each is made of those of the next shorter period, so that a minute costs five small sums and not a day. */
final class CandleRollup {
  /** Shortest candles that are worked on at once. */
  private static final int MANY_BLOCKS = 10_000;

  private static final int MANY_CANDLES = 20_000;

  private final LayerTable<Candle> table;
  private final MinuteCache minutes;
  private final GridEnds heads;
  private final Map<Stretch, TreeMap<Long, Candle>> remembered;

  /** A candle by its place: its parts are what is remembered. */
  private record Stretch(Coin coin, Period period, long start) {}

  CandleRollup(LayerTable<Candle> table, MinuteCache minutes, GridEnds heads, int rememberedCandles) {
    this.table = table;
    this.minutes = minutes;
    this.heads = heads;
    this.remembered = new LruMap<>(rememberedCandles);
  }

  /** Calculates the candles over the affected minutes, day by day: the longest candle is a day. */
  void apply(Map<Coin, MinuteRanges> affected) {
    Map<Coin, Minute> newest = heads.newest(affected.keySet());
    TreeMap<Long, Set<MinuteCache.Block>> days = new TreeMap<>();
    affected.forEach(
        (coin, ranges) ->
            ranges.list().forEach(
                range -> {
                  for (long at = EpochMinutes.floor(range.from(), MinuteCache.LENGTH); at < range.to(); at += MinuteCache.LENGTH) {
                    days.computeIfAbsent((long) EpochMinutes.date(at), day -> new HashSet<>()).add(new MinuteCache.Block(coin, at));
                  }
                }));
    List<Candle> made = new ArrayList<>();
    for (Set<MinuteCache.Block> day : days.values()) {
      // All of a coin's day together, because its parts make one another up.
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
                (stretch, its) ->
                    longer.add(CandleLayer.ofCandles(period, stretch.start(), its.values(), newest.get(stretch.coin()).start())));
        made.addAll(longer);
        parts.clear();
        parts.addAll(longer);
      }
    }
    return made;
  }

  /** The candles of a period over some new parts, each with all of its parts, the new ones in their places. */
  private Map<Stretch, TreeMap<Long, Candle>> load(Period period, List<Candle> fresh) {
    Map<Stretch, TreeMap<Long, Candle>> over = new HashMap<>();
    for (Candle part : fresh) {
      over.computeIfAbsent(stretchOver(part, period), stretch -> new TreeMap<>()).put(part.start(), part);
    }
    Map<Stretch, TreeMap<Long, Candle>> missing = new HashMap<>();
    over.forEach(
        (stretch, its) -> {
          TreeMap<Long, Candle> known = remembered.get(stretch);
          if (known != null) {
            known.forEach(its::putIfAbsent);
          } else if (its.size() < period.minutes() / period.part()) {
            missing.put(stretch, its);
          }
        });
    if (!missing.isEmpty()) {
      scan(period, missing);
    }
    remembered.putAll(over);
    return over;
  }

  private static Stretch stretchOver(Candle part, Period period) {
    return new Stretch(part.coin(), period, EpochMinutes.floor(part.start(), period.minutes()));
  }

  private void scan(Period period, Map<Stretch, TreeMap<Long, Candle>> missing) {
    Period shorter = Period.values()[period.ordinal() - 1];
    long from = missing.keySet().stream().mapToLong(Stretch::start).min().orElseThrow();
    long to = missing.keySet().stream().mapToLong(Stretch::start).max().orElseThrow() + period.minutes();
    Set<Coin> coins = new HashSet<>();
    missing.keySet().forEach(stretch -> coins.add(stretch.coin()));
    table.scan(
        Expressions.and(
            Expressions.and(Filters.between("start_window", from, to), Filters.coins(coins)), Expressions.equal("period", shorter.wire())),
        part -> {
          TreeMap<Long, Candle> its = missing.get(stretchOver(part, period));
          if (its != null) {
            its.putIfAbsent(part.start(), part);
          }
        });
  }

  void forget() {
    remembered.clear();
  }
}
