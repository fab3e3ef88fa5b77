package io.cryptodm.layers;

import io.cryptodm.contracts.MinuteRanges;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.iceberg.expressions.Expressions;

/**
 * Keeps silver's minutes right: what has arrived changes its own minutes and those that carry from them, up to the next minute that traded.
 *
 * <p>Most arrivals are at the end of a coin's grid, and that is in memory. What came late is worked on in blocks of a coin, each with the
 * minute before it; a block whose last price has changed hands that on to the next.
 */
final class MinuteGrid {
  /** Minutes between two known ones that are still one grid: two recordings of different years are no outage between them. */
  static final long WIDEST_HOLE = 31 * EpochMinutes.DAY;

  private static final int MANY_ROWS = 50_000;
  private static final int MANY_COINS = 100;

  private final LayerTable<Minute> table;
  private final KnownMinutes coverage;
  private final GridEnds heads;
  private final Consumer<Minute> written;

  private final List<Minute> pending = new ArrayList<>();
  private Map<Coin, MinuteRanges> affected;
  private boolean doubtful;

  /** @param written is told of each minute that was written */
  MinuteGrid(LayerTable<Minute> table, KnownMinutes coverage, GridEnds heads, Consumer<Minute> written) {
    this.table = table;
    this.coverage = coverage;
    this.heads = heads;
    this.written = written;
  }

  /**
   * Writes what the arrivals change.
   *
   * @param afterCrash true when an earlier run may have written minutes without the layers above them
   * @return minutes whose layers above have to be looked at again; what the arrivals had changed before belongs to it after a crash
   */
  Map<Coin, MinuteRanges> apply(GridInput arrived, boolean afterCrash) {
    affected = new HashMap<>();
    doubtful = afterCrash;
    pending.clear();
    Set<Coin> coins = new HashSet<>(arrived.bars().keySet());
    coins.addAll(arrived.coverage().keySet());
    heads.load(coins);
    applyLate(arrived, coins);
    flush();
    heads.load(coins);
    grow(arrived, coins);
    flush();
    return affected;
  }

  private MinuteRanges affectedOf(Coin coin) {
    return affected.computeIfAbsent(coin, its -> new MinuteRanges());
  }

  private void emit(Minute minute) {
    affectedOf(minute.coin()).add(minute.start(), minute.start() + 1);
    pending.add(minute);
    if (pending.size() >= MANY_ROWS) {
      flush();
    }
  }

  private void flush() {
    table.write(pending);
    pending.forEach(written);
    pending.clear();
  }

  // ---- What came late -------------------------------------------------------------------------------------------------------------

  /** Blocks that wait for their turn, with what is handed on to them: the minute before, when that has changed. */
  private final class Late {
    final Map<Coin, TreeMap<Long, Bar>> bars = new HashMap<>();
    final Map<Coin, MinuteRanges> known = new HashMap<>();
    final TreeMap<Long, Map<Coin, Minute>> blocks = new TreeMap<>();
    final Map<Coin, Long> newest = new HashMap<>();
    long length;

    void add(long minute, Coin coin) {
      blocks.computeIfAbsent(EpochMinutes.floor(minute, length), start -> new HashMap<>()).putIfAbsent(coin, null);
    }

    void handOn(Minute last) {
      long next = last.start() + 1;
      if (next <= newest.get(last.coin())) {
        blocks.computeIfAbsent(next, start -> new HashMap<>()).put(last.coin(), last);
      }
    }
  }

  private void applyLate(GridInput arrived, Set<Coin> coins) {
    Late late = new Late();
    for (Coin coin : coins) {
      heads.of(coin)
          .ifPresent(
              head -> {
                TreeMap<Long, Bar> bars = arrived.bars().getOrDefault(coin, new TreeMap<>());
                MinuteRanges known = arrived.coverage().getOrDefault(coin, new MinuteRanges());
                if (!bars.headMap(head.begin(), false).isEmpty() || !known.within(Long.MIN_VALUE, head.begin()).isEmpty()) {
                  // The end in memory is forgotten below, so what came for its minutes is taken here, too.
                  long end = head.newest().start() + 1;
                  late.bars.put(coin, new TreeMap<>(bars.headMap(end, false)));
                  late.known.put(coin, known.within(Long.MIN_VALUE, end));
                  late.newest.put(coin, head.newest().start());
                }
              });
    }
    // A day of few coins or an hour of many: what is read and kept at once is bounded.
    late.length = late.bars.size() <= MANY_COINS ? EpochMinutes.DAY : 60;
    late.bars.forEach((coin, bars) -> bars.keySet().forEach(minute -> late.add(minute, coin)));
    late.known.forEach(
        (coin, known) ->
            known.list().forEach(
                range -> {
                  for (long at = EpochMinutes.floor(range.from(), late.length); at < range.to(); at += late.length) {
                    late.add(at, coin);
                  }
                }));
    while (!late.blocks.isEmpty()) {
      Map.Entry<Long, Map<Coin, Minute>> block = late.blocks.pollFirstEntry();
      applyBlock(late, block.getKey(), block.getValue());
    }
    late.bars.keySet().forEach(heads::forget);
  }

  private void applyBlock(Late late, long start, Map<Coin, Minute> coins) {
    long end = start + late.length;
    Map<Coin, TreeMap<Long, Minute>> standing = read(coins.keySet(), start - 1, end);
    for (Map.Entry<Coin, Minute> entry : coins.entrySet()) {
      Coin coin = entry.getKey();
      TreeMap<Long, Minute> its = standing.getOrDefault(coin, new TreeMap<>());
      Minute before = its.remove(start - 1);
      boolean handedOn = entry.getValue() != null;
      new Block(coin, start, end, its, handedOn ? entry.getValue() : before, handedOn)
          .apply(
              new TreeMap<>(late.bars.get(coin).subMap(start, end)),
              late.known.get(coin).within(start, end),
              late);
    }
  }

  private Map<Coin, TreeMap<Long, Minute>> read(Collection<Coin> coins, long from, long to) {
    Map<Coin, TreeMap<Long, Minute>> found = new HashMap<>();
    coins.forEach(coin -> found.put(coin, new TreeMap<>()));
    table.scan(
        Expressions.and(Filters.between("start_window", from, to), Filters.coins(coins)),
        minute -> {
          TreeMap<Long, Minute> its = found.get(minute.coin());
          if (its != null) {
            its.put(minute.start(), minute);
          }
        });
    return found;
  }

  /** The stretch of a grid that is calculated anew, {@code to} exclusive. */
  private record Stretch(long from, long to, Minute.Last last) {}

  /**
   * A block of one coin.
   *
   * @param standing its minutes in the table
   * @param before the minute before it, or null when the grid has none
   */
  private final class Block {
    private final Coin coin;
    private final long start;
    private final long end;
    private final TreeMap<Long, Minute> standing;
    private final Minute before;
    private final boolean handedOn;

    Block(Coin coin, long start, long end, TreeMap<Long, Minute> standing, Minute before, boolean handedOn) {
      this.coin = coin;
      this.start = start;
      this.end = end;
      this.standing = standing;
      this.before = before;
      this.handedOn = handedOn;
    }

    void apply(TreeMap<Long, Bar> bars, MinuteRanges known, Late late) {
      Stretch stretch = stretch(bars, known);
      if (stretch == null) {
        return;
      }
      Map<Long, Bar> all = new HashMap<>(bars);
      // A file that is read again may hold what has been revised since.
      standing.values().stream().filter(Minute::isTraded).forEach(minute -> all.merge(minute.start(), minute.bar(), Bar::newest));
      MinuteRanges itsKnown = knownWithout(all.keySet(), stretch);
      List<Minute> minutes = MinuteLayer.minutes(coin, stretch.from(), stretch.to(), stretch.last(), all, itsKnown);
      for (Minute minute : minutes) {
        if (!minute.equals(standing.get(minute.start()))) {
          emit(minute);
        }
      }
      bars.keySet().forEach(minute -> affectedOf(coin).add(minute, minute + 1));
      Minute last = minutes.get(minutes.size() - 1);
      boolean open = doubtful && addDoubtful(minutes, bars, known);
      Minute old = standing.get(last.start());
      boolean moved = old != null && !old.last().equals(last.last());
      if (last.start() == end - 1 && (open || moved)) {
        late.handOn(last);
      }
    }

    private Stretch stretch(TreeMap<Long, Bar> bars, MinuteRanges known) {
      Long from = null;
      Minute.Last last = null;
      if (before != null) {
        from = start;
        last = before.last();
      } else {
        Long first = lowest(bars, known);
        if (first != null && (standing.isEmpty() || first < standing.firstKey())) {
          Minute previous = neighbour(first - WIDEST_HOLE, first, true);
          if (previous != null) {
            from = previous.start() + 1;
            last = previous.last();
          } else if (!bars.isEmpty() && (standing.isEmpty() || bars.firstKey() < standing.firstKey())) {
            from = bars.firstKey();
          }
        }
        if (from == null && !standing.isEmpty()) {
          from = standing.firstKey();
        }
      }
      if (from == null) {
        return null;
      }
      long to = from + 1;
      to = bars.isEmpty() ? to : Math.max(to, bars.lastKey() + 1);
      to = known.isEmpty() ? to : Math.max(to, known.end());
      if (!standing.isEmpty() && standing.lastKey() >= to - 1) {
        return new Stretch(from, standing.lastKey() + 1, last);
      }
      // Behind the last minute that stands here: up to the next one that stands, or as far as anything is known.
      Minute next = neighbour(to, to + WIDEST_HOLE, false);
      if (next != null) {
        return new Stretch(from, next.start(), last);
      }
      MinuteRanges later = coverage.known(coin, to, to + WIDEST_HOLE);
      return new Stretch(from, later.isEmpty() ? to : later.end(), last);
    }

    private Long lowest(TreeMap<Long, Bar> bars, MinuteRanges known) {
      if (bars.isEmpty()) {
        return known.isEmpty() ? null : Long.valueOf(known.first());
      }
      return known.isEmpty() ? bars.firstKey() : Long.valueOf(Math.min(bars.firstKey(), known.first()));
    }

    /** The last minute of a range of the grid, or the first one. */
    private Minute neighbour(long from, long to, boolean latest) {
      flush();
      Minute[] found = new Minute[1];
      table.scan(
          Expressions.and(Filters.between("start_window", from, to), Filters.coins(List.of(coin))),
          minute -> {
            if (minute.coin().equals(coin) && (found[0] == null || latest == minute.start() > found[0].start())) {
              found[0] = minute;
            }
          });
      return found[0];
    }

    private MinuteRanges knownWithout(Set<Long> bars, Stretch stretch) {
      for (long minute = stretch.from(); minute < stretch.to(); minute++) {
        if (!bars.contains(minute)) {
          return coverage.known(coin, minute, stretch.to());
        }
      }
      return new MinuteRanges();
    }

    /**
     * After a crash, all that the arrivals have changed, whether the table shows it already or not: from the trade before each of them
     * to the one behind it.
     *
     * @return true when there is none behind it in the block
     */
    private boolean addDoubtful(List<Minute> minutes, TreeMap<Long, Bar> bars, MinuteRanges known) {
      MinuteRanges arrived = new MinuteRanges();
      bars.keySet().forEach(minute -> arrived.add(minute, minute + 1));
      arrived.addAll(known);
      boolean open = false;
      long first = minutes.get(0).start();
      if (handedOn && first == start && !minutes.get(0).isTraded()) {
        arrived.add(start, start + 1);
      }
      for (MinuteRanges.Range range : arrived.list()) {
        // What is known of the time before the first trade has no minutes.
        long from = Math.max(range.from(), first);
        if (from < range.to() && from - first < minutes.size()) {
          Minute at = minutes.get((int) (from - first));
          Minute.Last previous =
              !at.isTraded() ? at.last() : from > first ? minutes.get((int) (from - first) - 1).last() : lastBefore();
          int next = (int) Math.min(minutes.size(), range.to() - first);
          while (next < minutes.size() && !minutes.get(next).isTraded()) {
            next++;
          }
          open |= next == minutes.size();
          affectedOf(coin).add(previous == null ? from : Math.min(previous.minute(), from), first + next);
        }
      }
      return open;
    }

    private Minute.Last lastBefore() {
      return before == null ? null : before.last();
    }
  }

  // ---- What came at the end -------------------------------------------------------------------------------------------------------

  private void grow(GridInput arrived, Set<Coin> coins) {
    List<Growth> all = new ArrayList<>();
    for (Coin coin : coins) {
      Growth growth =
          new Growth(
              coin,
              heads.of(coin).orElse(null),
              arrived.bars().getOrDefault(coin, new TreeMap<>()),
              arrived.coverage().getOrDefault(coin, new MinuteRanges()));
      if (growth.isAny()) {
        all.add(growth);
      }
    }
    // A new stretch goes as far as anything is known; that may have been known for long.
    Map<Coin, MinuteRanges.Range> beyond = new HashMap<>();
    for (Growth growth : all) {
      if (growth.beginsAnew()) {
        beyond.put(growth.coin, new MinuteRanges.Range(growth.end(), Math.max(growth.end(), Math.min(arrived.end(), growth.end() + WIDEST_HOLE))));
      }
    }
    Map<Coin, MinuteRanges> later = coverage.known(beyond);
    Map<Coin, MinuteRanges.Range> gaps = new HashMap<>();
    for (Growth growth : all) {
      growth.extend(later.getOrDefault(growth.coin, new MinuteRanges()));
      MinuteRanges.Range gap = growth.withoutBars();
      if (gap != null) {
        gaps.put(growth.coin, gap);
      }
    }
    Map<Coin, MinuteRanges> known = coverage.known(gaps);
    all.forEach(growth -> growth.apply(known.getOrDefault(growth.coin, new MinuteRanges())));
  }

  /** What is added to the end of one coin's grid, and what changes in the minutes there that are in memory. */
  private final class Growth {
    private final Coin coin;
    private final GridEnds.Head head;
    private final TreeMap<Long, Bar> bars;
    private final TreeMap<Long, Bar> all;
    private final List<Stretch> stretches = new ArrayList<>();
    private boolean anew;

    Growth(Coin coin, GridEnds.Head head, TreeMap<Long, Bar> arrived, MinuteRanges covered) {
      this.coin = coin;
      this.head = head;
      this.bars = head == null ? arrived : new TreeMap<>(arrived.tailMap(head.begin(), true));
      this.all = new TreeMap<>();
      MinuteRanges known = head == null ? covered : covered.within(head.begin(), Long.MAX_VALUE);
      if (head != null) {
        head.window().values().stream().filter(Minute::isTraded).forEach(minute -> all.put(minute.start(), minute.bar()));
      }
      bars.forEach((minute, bar) -> all.merge(minute, bar, Bar::newest));
      plan(known);
    }

    private void plan(MinuteRanges known) {
      MinuteRanges points = new MinuteRanges();
      bars.keySet().forEach(minute -> points.add(minute, minute + 1));
      points.addAll(known);
      Stretch open = null;
      for (MinuteRanges.Range point : points.list()) {
        if (open == null && head != null && point.from() - head.newest().start() <= WIDEST_HOLE) {
          long from = Math.min(point.from(), head.newest().start() + 1);
          open = new Stretch(from, Math.max(point.to(), head.newest().start() + 1), lastBefore(from));
        } else if (open != null && point.from() - open.to() < WIDEST_HOLE) {
          open = new Stretch(open.from(), Math.max(open.to(), point.to()), open.last());
        } else {
          if (open != null) {
            stretches.add(open);
          }
          Long first = bars.ceilingKey(point.from());
          open = first == null || first >= point.to() ? null : new Stretch(first, point.to(), null);
          anew |= open != null;
        }
      }
      if (open != null) {
        stretches.add(open);
      }
    }

    private Minute.Last lastBefore(long minute) {
      Minute previous = head.window().get(minute - 1);
      if (previous != null) {
        return previous.last();
      }
      Minute at = head.window().get(minute);
      // A minute in memory that traded needs none before it: it will not stop to have traded.
      return at == null ? head.newest().last() : at.isTraded() ? null : at.last();
    }

    boolean isAny() {
      return !stretches.isEmpty();
    }

    boolean beginsAnew() {
      return anew;
    }

    long end() {
      return stretches.get(stretches.size() - 1).to();
    }

    void extend(MinuteRanges later) {
      if (!later.isEmpty() && later.end() > end()) {
        Stretch last = stretches.remove(stretches.size() - 1);
        stretches.add(new Stretch(last.from(), later.end(), last.last()));
      }
    }

    /** From the first minute that has no bar; null when all have one. */
    MinuteRanges.Range withoutBars() {
      for (Stretch stretch : stretches) {
        for (long minute = stretch.from(); minute < stretch.to(); minute++) {
          if (!all.containsKey(minute)) {
            return new MinuteRanges.Range(minute, end());
          }
        }
      }
      return null;
    }

    void apply(MinuteRanges known) {
      TreeMap<Long, Minute> latest = head == null ? new TreeMap<>() : new TreeMap<>(head.window());
      for (Stretch stretch : stretches) {
        for (Minute minute : MinuteLayer.minutes(coin, stretch.from(), stretch.to(), stretch.last(), all, known)) {
          if (!minute.equals(latest.put(minute.start(), minute))) {
            emit(minute);
          }
          if (latest.size() > MANY_ROWS) {
            latest.headMap(latest.lastKey() - EpochMinutes.DAY).clear();
          }
        }
      }
      bars.keySet().forEach(minute -> affectedOf(coin).add(minute, minute + 1));
      if (head != null && latest.lastKey() > head.newest().start()) {
        // Its candles may be closed now.
        affectedOf(coin).add(head.newest().start(), head.newest().start() + 1);
      }
      heads.put(coin, contiguous(latest));
    }

    /** The end without a hole in it. */
    private TreeMap<Long, Minute> contiguous(TreeMap<Long, Minute> latest) {
      long from = latest.lastKey();
      while (latest.containsKey(from - 1)) {
        from--;
      }
      return new TreeMap<>(latest.tailMap(from, true));
    }
  }
}
