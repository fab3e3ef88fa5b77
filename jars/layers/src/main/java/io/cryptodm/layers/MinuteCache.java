package io.cryptodm.layers;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.iceberg.expressions.Expressions;

/** Minutes of the grid in silver, in blocks of the shortest candle; the last used blocks are cached. */
final class MinuteCache {
  static final int LENGTH = Period.FIVE_MINUTES.minutes();

  /** Five minutes of a coin, by the first of them. */
  record Block(Coin coin, long start) {
    static Block of(Coin coin, long minute) {
      return new Block(coin, EpochMinutes.floor(minute, LENGTH));
    }
  }

  private final LayerTable<Minute> table;
  private final Map<Block, TreeMap<Long, Minute>> cached;

  MinuteCache(LayerTable<Minute> table, int blocks) {
    this.table = table;
    this.cached = new LruMap<>(blocks);
  }

  /** Call after a minute was written. */
  void update(Minute minute) {
    TreeMap<Long, Minute> block = cached.get(Block.of(minute.coin(), minute.start()));
    if (block != null) {
      block.put(minute.start(), minute);
    }
  }

  /** The minutes of each block; an empty map if it has none. */
  Map<Block, TreeMap<Long, Minute>> load(Set<Block> wanted) {
    Map<Block, TreeMap<Long, Minute>> found = new HashMap<>();
    Map<Long, Map<Block, TreeMap<Long, Minute>>> missing = new TreeMap<>();
    for (Block block : wanted) {
      TreeMap<Long, Minute> minutes = cached.get(block);
      if (minutes == null) {
        minutes = new TreeMap<>();
        missing.computeIfAbsent((long) EpochMinutes.toEpochDay(block.start()), day -> new HashMap<>()).put(block, minutes);
      }
      found.put(block, minutes);
    }
    missing.values().forEach(this::scan);
    return found;
  }

  /** Reads the blocks of one day at once. */
  private void scan(Map<Block, TreeMap<Long, Minute>> blocks) {
    long from = blocks.keySet().stream().mapToLong(Block::start).min().orElseThrow();
    long to = blocks.keySet().stream().mapToLong(Block::start).max().orElseThrow() + LENGTH;
    Set<Coin> coins = new java.util.HashSet<>();
    blocks.keySet().forEach(block -> coins.add(block.coin()));
    table.scan(
        Expressions.and(Filters.between("start_window", from, to), Filters.coins(coins)),
        minute -> {
          TreeMap<Long, Minute> block = blocks.get(Block.of(minute.coin(), minute.start()));
          if (block != null) {
            block.put(minute.start(), minute);
          }
        });
    cached.putAll(blocks);
  }

  void forget() {
    cached.clear();
  }
}
