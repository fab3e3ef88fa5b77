package io.cryptodm.layers;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.apache.iceberg.expressions.Expressions;

/**
 * Keeps gold's positions right. Each row holds what the early trades made of it (its base); the late ones, in memory, are added to that. A
 * trade that changes below the base makes its position anew from all of its trades.
 */
final class PositionUpdater {
  private static final int REMEMBERED = 20_000;
  private static final long SELDOM_MILLIS = 60_000;

  private final LayerTable<Position> table;
  private final TradeStore trades;
  private final GridEnds heads;
  private final int lateTrades;
  private final int revaluedPerSecond;

  private final Map<Trade.Holder, Position> remembered = new LruMap<>(REMEMBERED);
  private final Map<Coin, BigDecimal> prices = new HashMap<>();
  private final Set<Coin> due = new TreeSet<>();

  /** When positions followed the prices last, in nanoseconds of this machine. */
  private long revaluedAt;

  /**
   * @param lateTrades kept in memory beside the bases
   * @param revaluedPerSecond positions that are looked at in a second to follow the prices: many follow them less often, at least once a
   *     minute
   */
  PositionUpdater(LayerTable<Position> table, TradeStore trades, GridEnds heads, int lateTrades, int revaluedPerSecond) {
    this.table = table;
    this.trades = trades;
    this.heads = heads;
    this.lateTrades = lateTrades;
    this.revaluedPerSecond = revaluedPerSecond;
  }

  /** Takes up where the table stands, in doubt whether its prices are the last ones. */
  void open() {
    remembered.clear();
    prices.clear();
    revaluedAt = System.nanoTime() - SELDOM_MILLIS * 1_000_000;
    due.clear();
    long[] begin = {0};
    table.scan(
        Expressions.alwaysTrue(),
        position -> {
          begin[0] = Math.max(begin[0], position.baseUntil());
          due.add(position.holder().coin());
        });
    trades.open(begin[0]);
  }

  /** Coins whose positions have not followed their price yet. */
  int due() {
    return due.size();
  }

  /**
   * Calculates the positions that trades have changed.
   *
   * @param changed trades as they stand now
   * @param moved coins whose last price may have changed
   */
  void apply(Collection<Trade> changed, Collection<Coin> moved) {
    Map<Trade.Holder, Position> made = new HashMap<>();
    Set<Trade.Holder> holders = new HashSet<>();
    Set<Trade.Holder> early = new HashSet<>();
    for (Trade trade : changed) {
      holders.add(trade.holder());
      if (trade.at() < trades.begin()) {
        early.add(trade.holder());
      }
    }
    Set<Coin> coins = new HashSet<>(moved);
    holders.forEach(holder -> coins.add(holder.coin()));
    Map<Coin, Minute> newest = heads.newest(coins);
    Map<Trade.Holder, Position> standing = recall(holders);
    if (!early.isEmpty()) {
      trades.all(early).forEach((holder, its) -> standing.put(holder, based(holder, its)));
    }
    standing.forEach((holder, position) -> made.put(holder, withLate(position, priceOf(newest, holder.coin()))));
    noteMoves(moved, newest);
    revalue(made);
    if (trades.size() > lateTrades) {
      settle(made);
    }
    table.write(made.values());
    made.forEach(remembered::put);
  }

  private static BigDecimal priceOf(Map<Coin, Minute> newest, Coin coin) {
    Minute minute = newest.get(coin);
    return minute == null ? null : minute.last().price();
  }

  /** The positions as they stand, looked up where they are not remembered; one that does not exist yet is empty. */
  private Map<Trade.Holder, Position> recall(Set<Trade.Holder> holders) {
    Map<Trade.Holder, Position> found = new HashMap<>();
    Set<Trade.Holder> missing = new HashSet<>();
    for (Trade.Holder holder : holders) {
      Position position = remembered.get(holder);
      found.put(holder, position == null ? none(holder) : position);
      if (position == null) {
        missing.add(holder);
      }
    }
    if (!missing.isEmpty()) {
      table.scan(
          Filters.users(missing),
          position -> {
            if (missing.contains(position.holder())) {
              found.put(position.holder(), position);
            }
          });
    }
    return found;
  }

  private Position none(Trade.Holder holder) {
    return new Position(holder, Position.State.NONE, trades.begin(), Position.State.NONE, Long.MIN_VALUE, null);
  }

  /** A position anew, from all of its trades in the order of time; the late ones among them are added by whoever asks. */
  private Position based(Trade.Holder holder, List<Trade> all) {
    List<Trade> before = all.stream().takeWhile(trade -> trade.at() < trades.begin()).toList();
    long last = before.isEmpty() ? Long.MIN_VALUE : before.get(before.size() - 1).at();
    Position.State base = PositionLayer.after(Position.State.NONE, before);
    return new Position(holder, base, trades.begin(), base, last, null);
  }

  private Position withLate(Position position, BigDecimal price) {
    Trade.Holder holder = position.holder();
    Collection<Trade> late = trades.late(holder);
    long last = late.stream().mapToLong(Trade::at).max().orElse(Long.MIN_VALUE);
    return new Position(
        holder, position.base(), Math.max(position.baseUntil(), trades.begin()), PositionLayer.after(position.base(), late),
        Math.max(position.lastTrade(), last), price);
  }

  // ---- Prices that move -----------------------------------------------------------------------------------------------------------

  private void noteMoves(Collection<Coin> moved, Map<Coin, Minute> newest) {
    for (Coin coin : moved) {
      BigDecimal price = priceOf(newest, coin);
      if (!Objects.equals(price, prices.put(coin, price))) {
        due.add(coin);
      }
    }
  }

  /** The positions of coins whose price has moved, as often as the number of all positions allows. */
  private void revalue(Map<Trade.Holder, Position> made) {
    if (due.isEmpty()) {
      return;
    }
    long now = System.nanoTime();
    long pause = Math.min(SELDOM_MILLIS, 1_000 * table.rowCount() / revaluedPerSecond);
    if (now - revaluedAt < pause * 1_000_000) {
      return;
    }
    Map<Coin, Minute> newest = heads.newest(due);
    table.scan(
        Filters.coins(due),
        position -> {
          Coin coin = position.holder().coin();
          if (due.contains(coin) && !Objects.equals(priceOf(newest, coin), position.lastPrice())) {
            made.putIfAbsent(position.holder(), position.pricedAt(priceOf(newest, coin)));
          }
        });
    due.clear();
    revaluedAt = now;
  }

  // ---- Bases that move ------------------------------------------------------------------------------------------------------------

  /** Adds the earlier half of the late trades to the bases, in the same commit as whatever else has changed. */
  private void settle(Map<Trade.Holder, Position> made) {
    long begin = trades.beginOfLast(lateTrades / 2);
    if (begin == trades.begin()) {
      return;
    }
    Map<Trade.Holder, List<Trade>> early = trades.lateBefore(begin);
    Map<Trade.Holder, Position> recalled = recall(early.keySet());
    List<Coin> coins = new ArrayList<>();
    early.keySet().forEach(holder -> coins.add(holder.coin()));
    Map<Coin, Minute> newest = heads.newest(coins);
    early.forEach(
        (holder, its) -> {
          Position standing = made.containsKey(holder) ? made.get(holder) : withLate(recalled.get(holder), priceOf(newest, holder.coin()));
          made.put(
              holder,
              new Position(
                  holder, PositionLayer.after(standing.base(), its), begin, standing.now(), standing.lastTrade(), standing.lastPrice()));
        });
    trades.moveTo(begin);
  }
}
