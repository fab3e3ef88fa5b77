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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps gold's positions up to date. Each row stores its state after the early trades (its base); the late trades, which are in memory, are added
 * to it. If a trade before the base changes, the position is calculated again from all of its trades.
 */
final class PositionUpdater {
  private static final Logger LOG = LoggerFactory.getLogger(PositionUpdater.class);
  private static final long LONGEST_PAUSE_MILLIS = 60_000;

  private final LayerTable<Position> table;
  private final TradeStore trades;
  private final GridEnds gridEnds;
  private final int lateTrades;
  private final int revaluedPerSecond;

  private final int most;
  private final Map<Trade.Holder, Base> cached;

  /** True while every position of the table is cached, so that one that is not is new. */
  private boolean isComplete;

  private final Map<Coin, BigDecimal> prices = new HashMap<>();
  private final Set<Coin> due = new TreeSet<>();

  /** Time of the last revaluation, by System.nanoTime(). */
  private long revaluedAt;

  /**
   * @param lateTrades beyond this number of late trades the bases advance
   * @param most positions kept in memory
   * @param revaluedPerSecond positions that may be revalued per second: with many positions prices are followed less often, at least once
   *     a minute
   */
  PositionUpdater(LayerTable<Position> table, TradeStore trades, GridEnds gridEnds, int lateTrades, int most, int revaluedPerSecond) {
    this.table = table;
    this.trades = trades;
    this.gridEnds = gridEnds;
    this.lateTrades = lateTrades;
    this.most = most;
    this.cached = new LruMap<>(most);
    this.revaluedPerSecond = revaluedPerSecond;
  }

  /** Loads the state from the table; its prices may be outdated, so all coins are due for revaluation. */
  void open() {
    cached.clear();
    isComplete = true;
    prices.clear();
    revaluedAt = System.nanoTime() - LONGEST_PAUSE_MILLIS * 1_000_000;
    due.clear();
    long[] begin = {0};
    table.scan(
        Expressions.alwaysTrue(),
        position -> {
          begin[0] = Math.max(begin[0], position.baseUntil());
          due.add(position.holder().coin());
          cache(position);
        });
    trades.open(begin[0]);
  }

  /** Number of coins whose positions are due for revaluation. */
  int due() {
    return due.size();
  }

  /** Trades that have changed, by their holders. */
  static final class Changed {
    /** All holders, with their new late trades if nothing else of them has changed, else null. */
    private final Map<Trade.Holder, List<Trade>> added = new HashMap<>();

    /** Those of a trade before the base. */
    private final Set<Trade.Holder> early = new HashSet<>();

    /** A trade that may be in the position, with this value or another. */
    void add(Trade trade, boolean isEarly) {
      added.put(trade.holder(), null);
      if (isEarly) {
        early.add(trade.holder());
      }
    }

    /** A late trade that is in no position yet. */
    void addNew(Trade trade) {
      List<Trade> others = added.containsKey(trade.holder()) ? added.get(trade.holder()) : new ArrayList<>(2);
      added.put(trade.holder(), others);
      if (others != null) {
        others.add(trade);
      }
    }

    /** The new trades of a holder in order of time, if they only continue a position; else null. @param lastTrade of the position */
    private List<Trade> continued(Trade.Holder holder, long lastTrade) {
      List<Trade> its = added.get(holder);
      if (its == null) {
        return null;
      }
      its.sort(Trade.IN_TIME);
      return its.get(0).at() > lastTrade ? its : null;
    }
  }

  /**
   * What is kept of a position, some 300 bytes.
   *
   * @param until microseconds since 1970
   * @param now state after all trades; null if it must be calculated
   * @param lastTrade of all trades, as far as is known
   */
  private record Base(Position.State state, long until, Position.State now, long lastTrade) {
    static Base of(Position position) {
      return new Base(position.base(), position.baseUntil(), position.now(), position.lastTrade());
    }
  }

  /** The state of a position while trades are added to it. */
  private static final class Sum {
    private Position.State state;
    private long last = Long.MIN_VALUE;

    Sum(Position.State state) {
      this.state = state;
    }

    void add(Trade trade) {
      state = PositionLayer.after(state, trade);
      last = Math.max(last, trade.at());
    }

    /**
     * The position once all late trades are added.
     *
     * @param stored base that they were added to
     * @param state of the base that the position gets, which holds the trades before {@code until}
     */
    Position position(Trade.Holder holder, Base stored, Position.State state, long until, Map<Coin, Minute> newest) {
      return new Position(holder, state, until, this.state, Math.max(stored.lastTrade(), last), priceOf(newest, holder.coin()));
    }
  }

  /**
   * Calculates the positions that trades have changed.
   *
   * @param repriced coins whose last price may have changed
   * @param revised trades from this minute on are still to be revalued, so they stay late
   */
  void apply(Changed changed, Collection<Coin> repriced, long revised) {
    Map<Trade.Holder, Position> made = new HashMap<>();
    Set<Coin> coins = new HashSet<>(repriced);
    changed.added.keySet().forEach(holder -> coins.add(holder.coin()));
    Map<Coin, Minute> newest = gridEnds.newest(coins);
    Map<Trade.Holder, Base> stored = recall(changed.added.keySet());
    stored.putAll(based(changed.early));
    Map<Trade.Holder, Sum> sums = new HashMap<>();
    Set<Trade.Holder> others = new HashSet<>();
    stored.forEach(
        (holder, base) -> {
          List<Trade> its = base.now() == null ? null : changed.continued(holder, base.lastTrade());
          Sum sum = new Sum(its == null ? base.state() : base.now());
          sums.put(holder, sum);
          if (its == null) {
            others.add(holder);
          } else {
            its.forEach(sum::add);
          }
        });
    trades.late(others, Long.MAX_VALUE, trade -> sums.get(trade.holder()).add(trade));
    stored.forEach(
        (holder, base) -> made.put(holder, sums.get(holder).position(holder, base, base.state(), Math.max(base.until(), trades.begin()), newest)));
    notePrices(repriced, newest);
    revalue(made);
    if (trades.size() > lateTrades) {
      advanceBases(made, revised);
    }
    table.write(made.values());
    made.values().forEach(this::cache);
  }

  private static BigDecimal priceOf(Map<Coin, Minute> newest, Coin coin) {
    Minute minute = newest.get(coin);
    return minute == null ? null : minute.last().price();
  }

  /** The stored bases, read from the table if they are not cached; that of a new position is empty. */
  private Map<Trade.Holder, Base> recall(Set<Trade.Holder> holders) {
    Map<Trade.Holder, Base> found = new HashMap<>();
    Set<Trade.Holder> missing = new HashSet<>();
    for (Trade.Holder holder : holders) {
      Base base = cached.get(holder);
      found.put(holder, base == null ? new Base(Position.State.NONE, trades.begin(), Position.State.NONE, Long.MIN_VALUE) : base);
      if (base == null) {
        missing.add(holder);
      }
    }
    if (!missing.isEmpty() && !isComplete) {
      table.scan(
          Filters.users(missing),
          position -> {
            if (missing.contains(position.holder())) {
              found.put(position.holder(), Base.of(position));
            }
          });
    }
    return found;
  }

  private void cache(Position position) {
    cached.put(position.holder(), Base.of(position));
    isComplete &= cached.size() < most;
  }

  /** Bases that are calculated from all early trades. */
  private Map<Trade.Holder, Base> based(Set<Trade.Holder> holders) {
    Map<Trade.Holder, Sum> sums = new HashMap<>();
    holders.forEach(holder -> sums.put(holder, new Sum(Position.State.NONE)));
    if (!holders.isEmpty()) {
      long begun = System.nanoTime();
      trades.early(sums.keySet(), trade -> sums.get(trade.holder()).add(trade));
      LOG.info(
          "{} positions were calculated from all their trades in {} ms, because early ones have changed", holders.size(),
          (System.nanoTime() - begun) / 1_000_000);
    }
    Map<Trade.Holder, Base> based = new HashMap<>();
    sums.forEach((holder, sum) -> based.put(holder, new Base(sum.state, trades.begin(), null, sum.last)));
    return based;
  }

  // ---- Revaluation ----------------------------------------------------------------------------------------------------------------

  private void notePrices(Collection<Coin> repriced, Map<Coin, Minute> newest) {
    for (Coin coin : repriced) {
      BigDecimal price = priceOf(newest, coin);
      if (!Objects.equals(price, prices.put(coin, price))) {
        due.add(coin);
      }
    }
  }

  /** Revalues the positions of the due coins, unless the last revaluation was too recent for the number of positions. */
  private void revalue(Map<Trade.Holder, Position> made) {
    if (due.isEmpty()) {
      return;
    }
    long now = System.nanoTime();
    long pause = Math.min(LONGEST_PAUSE_MILLIS, 1_000 * table.rowCount() / revaluedPerSecond);
    if (now - revaluedAt < pause * 1_000_000) {
      return;
    }
    Map<Coin, Minute> newest = gridEnds.newest(due);
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

  // ---- Advancing the bases --------------------------------------------------------------------------------------------------------

  /** Adds the earlier half of the late trades to the bases, in the same commit as the other changes. */
  private void advanceBases(Map<Trade.Holder, Position> made, long revised) {
    long begin = trades.beginOfLast(lateTrades / 2, Math.min(gridEnds.latest() - 1, revised));
    if (begin == trades.begin()) {
      return;
    }
    Map<Trade.Holder, Base> stored = recall(trades.holders(trades.begin(), begin));
    stored.replaceAll((holder, base) -> made.containsKey(holder) ? Base.of(made.get(holder)) : base);
    Map<Trade.Holder, Sum> sums = new HashMap<>();
    Map<Trade.Holder, Position.State> bases = new HashMap<>();
    stored.forEach((holder, base) -> sums.put(holder, new Sum(base.state())));
    trades.late(
        sums.keySet(),
        Long.MAX_VALUE,
        trade -> {
          Sum sum = sums.get(trade.holder());
          if (trade.at() >= begin) {
            bases.putIfAbsent(trade.holder(), sum.state);
          }
          sum.add(trade);
        });
    Set<Coin> coins = new HashSet<>();
    stored.keySet().forEach(holder -> coins.add(holder.coin()));
    Map<Coin, Minute> newest = gridEnds.newest(coins);
    stored.forEach(
        (holder, base) -> {
          Sum sum = sums.get(holder);
          made.put(holder, sum.position(holder, base, bases.getOrDefault(holder, sum.state), begin, newest));
        });
    trades.moveTo(begin);
  }
}
