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
 * Keeps silver's grid of minutes up to date: new input changes its own minutes and the minutes that carry their price, up to the next traded one.
 *
 * <p>Most input is at the end of a coin's grid, which is in memory. Late input is processed in blocks of one coin, each with the minute before
 * it; a block whose last price has changed passes that minute on to the next block.
 */
final class MinuteGrid {
  /** Longest hole in one grid, in minutes: what lies between two recordings of different years is not an outage. */
  static final long WIDEST_HOLE = 31 * EpochMinutes.DAY;

  private static final int MANY_ROWS = 50_000;
  private static final int MANY_COINS = 100;

  private final LayerTable<Minute> table;
  private final KnownMinutes coverage;
  private final GridEnds gridEnds;
  private final Consumer<Minute> written;

  private final List<Minute> pending = new ArrayList<>();
  private Map<Coin, MinuteRanges> affected;
  private boolean isAfterCrash;

  /** @param written gets each minute after it was written */
  MinuteGrid(LayerTable<Minute> table, KnownMinutes coverage, GridEnds gridEnds, Consumer<Minute> written) {
    this.table = table;
    this.coverage = coverage;
    this.gridEnds = gridEnds;
    this.written = written;
  }

  /**
   * Writes the minutes that the input changes.
   *
   * @param afterCrash true if an earlier run may have written minutes without the layers above them
   * @return minutes from which the layers above must be calculated again; after a crash, also those that an earlier run has written
   */
  Map<Coin, MinuteRanges> apply(GridInput input, boolean afterCrash) {
    affected = new HashMap<>();
    isAfterCrash = afterCrash;
    pending.clear();
    Set<Coin> coins = new HashSet<>(input.bars().keySet());
    coins.addAll(input.coverage().keySet());
    coins.addAll(input.refused().keySet());
    gridEnds.load(coins);
    input.refused().keySet().forEach(coin -> gridEnds.of(coin).ifPresent(end -> input.addRefused(coin, end.newest().start() + 1)));
    applyLate(input, coins);
    flush();
    gridEnds.load(coins);
    grow(input, coins);
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

  // ---- Late input -----------------------------------------------------------------------------------------------------------------

  /** Blocks still to be processed, each with the minute before it if that has changed. */
  private final class Late {
    final Map<Coin, TreeMap<Long, Bar>> bars = new HashMap<>();
    final Map<Coin, MinuteRanges> known = new HashMap<>();
    final TreeMap<Long, Map<Coin, Minute>> blocks = new TreeMap<>();
    final Map<Coin, Long> newest = new HashMap<>();
    long length;

    void add(long minute, Coin coin) {
      blocks.computeIfAbsent(EpochMinutes.floor(minute, length), start -> new HashMap<>()).putIfAbsent(coin, null);
    }

    void passOn(Minute last) {
      long next = last.start() + 1;
      if (next <= newest.get(last.coin())) {
        blocks.computeIfAbsent(next, start -> new HashMap<>()).put(last.coin(), last);
      }
    }
  }

  private void applyLate(GridInput input, Set<Coin> coins) {
    Late late = new Late();
    for (Coin coin : coins) {
      gridEnds.of(coin)
          .ifPresent(
              end -> {
                TreeMap<Long, Bar> bars = input.bars().getOrDefault(coin, new TreeMap<>());
                MinuteRanges known = input.coverage().getOrDefault(coin, new MinuteRanges());
                if (!bars.headMap(end.begin(), false).isEmpty() || !known.within(Long.MIN_VALUE, end.begin()).isEmpty()) {
                  // The end in memory is dropped below, so the input for its minutes is processed here too.
                  long next = end.newest().start() + 1;
                  late.bars.put(coin, new TreeMap<>(bars.headMap(next, false)));
                  late.known.put(coin, known.within(Long.MIN_VALUE, next));
                  late.newest.put(coin, end.newest().start());
                }
              });
    }
    // A day of few coins or an hour of many, so that the minutes in memory are bounded.
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
    late.bars.keySet().forEach(gridEnds::forget);
  }

  private void applyBlock(Late late, long start, Map<Coin, Minute> coins) {
    long end = start + late.length;
    Map<Coin, TreeMap<Long, Minute>> stored = read(coins.keySet(), start - 1, end);
    for (Map.Entry<Coin, Minute> entry : coins.entrySet()) {
      Coin coin = entry.getKey();
      TreeMap<Long, Minute> its = stored.getOrDefault(coin, new TreeMap<>());
      Minute before = its.remove(start - 1);
      boolean passedOn = entry.getValue() != null;
      new Block(coin, start, end, its, passedOn ? entry.getValue() : before, passedOn)
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

  /** The part of a grid that is calculated again; {@code to} is exclusive. */
  private record Segment(long from, long to, Minute.Last last) {}

  /**
   * A block of one coin.
   *
   * @param stored its minutes in the table
   * @param before the minute before it, or null if the grid has none
   */
  private final class Block {
    private final Coin coin;
    private final long start;
    private final long end;
    private final TreeMap<Long, Minute> stored;
    private final Minute before;
    private final boolean passedOn;

    Block(Coin coin, long start, long end, TreeMap<Long, Minute> stored, Minute before, boolean passedOn) {
      this.coin = coin;
      this.start = start;
      this.end = end;
      this.stored = stored;
      this.before = before;
      this.passedOn = passedOn;
    }

    void apply(TreeMap<Long, Bar> bars, MinuteRanges known, Late late) {
      Segment segment = segment(bars, known);
      if (segment == null) {
        return;
      }
      Map<Long, Bar> all = new HashMap<>(bars);
      // A file that is read again may hold older revisions than the table.
      stored.values().stream().filter(Minute::hasBar).forEach(minute -> all.merge(minute.start(), minute.bar(), Bar::newest));
      MinuteRanges itsKnown = knownWithout(all.keySet(), segment);
      List<Minute> minutes = MinuteLayer.minutes(coin, segment.from(), segment.to(), segment.last(), all, itsKnown);
      for (Minute minute : minutes) {
        if (!minute.equals(stored.get(minute.start()))) {
          emit(minute);
        }
      }
      bars.keySet().forEach(minute -> affectedOf(coin).add(minute, minute + 1));
      Minute last = minutes.get(minutes.size() - 1);
      boolean open = isAfterCrash && addAllAffected(minutes, bars, known);
      Minute old = stored.get(last.start());
      boolean moved = old != null && !old.last().equals(last.last());
      if (last.start() == end - 1 && (open || moved)) {
        late.passOn(last);
      }
    }

    private Segment segment(TreeMap<Long, Bar> bars, MinuteRanges known) {
      Long from = null;
      Minute.Last last = null;
      if (before != null) {
        from = start;
        last = before.last();
      } else {
        Long first = lowest(bars, known);
        if (first != null && (stored.isEmpty() || first < stored.firstKey())) {
          Minute previous = neighbour(first - WIDEST_HOLE, first, true);
          if (previous != null) {
            from = previous.start() + 1;
            last = previous.last();
          } else if (!bars.isEmpty() && (stored.isEmpty() || bars.firstKey() < stored.firstKey())) {
            from = bars.firstKey();
          }
        }
        if (from == null && !stored.isEmpty()) {
          from = stored.firstKey();
        }
      }
      if (from == null) {
        return null;
      }
      long to = from + 1;
      to = bars.isEmpty() ? to : Math.max(to, bars.lastKey() + 1);
      to = known.isEmpty() ? to : Math.max(to, known.end());
      if (!stored.isEmpty() && stored.lastKey() >= to - 1) {
        return new Segment(from, stored.lastKey() + 1, last);
      }
      // After the last stored minute of the block: up to the next stored one, or as far as minutes are known.
      Minute next = neighbour(to, to + WIDEST_HOLE, false);
      if (next != null) {
        return new Segment(from, next.start(), last);
      }
      MinuteRanges later = coverage.said(coin, to, to + WIDEST_HOLE).known();
      return new Segment(from, later.isEmpty() ? to : later.end(), last);
    }

    private Long lowest(TreeMap<Long, Bar> bars, MinuteRanges known) {
      if (bars.isEmpty()) {
        return known.isEmpty() ? null : Long.valueOf(known.first());
      }
      return known.isEmpty() ? bars.firstKey() : Long.valueOf(Math.min(bars.firstKey(), known.first()));
    }

    /** The last minute of the grid in a range, or the first one. */
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

    private MinuteRanges knownWithout(Set<Long> bars, Segment segment) {
      for (long minute = segment.from(); minute < segment.to(); minute++) {
        if (!bars.contains(minute)) {
          return coverage.said(coin, minute, segment.to()).certain();
        }
      }
      return new MinuteRanges();
    }

    /**
     * After a crash, adds all minutes that the input affects, whether they are already written or not: from the traded minute before each
     * input minute to the one after it.
     *
     * @return true if the block has no traded minute after the last input
     */
    private boolean addAllAffected(List<Minute> minutes, TreeMap<Long, Bar> bars, MinuteRanges known) {
      MinuteRanges changed = new MinuteRanges();
      bars.keySet().forEach(minute -> changed.add(minute, minute + 1));
      changed.addAll(known);
      boolean open = false;
      long first = minutes.get(0).start();
      if (passedOn && first == start && !minutes.get(0).isTraded()) {
        changed.add(start, start + 1);
      }
      for (MinuteRanges.Range range : changed.list()) {
        // Known minutes before the first trade are not part of the grid.
        long from = Math.max(range.from(), first);
        if (from < range.to() && from - first < minutes.size()) {
          Minute at = minutes.get((int) (from - first));
          Minute.Last previous =
              !at.hasBar() ? at.last() : from > first ? minutes.get((int) (from - first) - 1).last() : lastBefore();
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

  // ---- Input at the end of the grid -----------------------------------------------------------------------------------------------

  private void grow(GridInput input, Set<Coin> coins) {
    List<Growth> all = new ArrayList<>();
    for (Coin coin : coins) {
      Growth growth =
          new Growth(
              coin,
              gridEnds.of(coin).orElse(null),
              input.bars().getOrDefault(coin, new TreeMap<>()),
              input.coverage().getOrDefault(coin, new MinuteRanges()));
      if (growth.isAny()) {
        all.add(growth);
      }
    }
    // A new segment reaches as far as minutes are known, which may have been known before its first bar.
    Map<Coin, MinuteRanges.Range> beyond = new HashMap<>();
    for (Growth growth : all) {
      if (growth.startsNewSegment()) {
        beyond.put(growth.coin, new MinuteRanges.Range(growth.end(), Math.max(growth.end(), Math.min(input.end(), growth.end() + WIDEST_HOLE))));
      }
    }
    Map<Coin, KnownMinutes.Said> later = coverage.said(beyond);
    Map<Coin, MinuteRanges.Range> gaps = new HashMap<>();
    for (Growth growth : all) {
      growth.extend(later.getOrDefault(growth.coin, new KnownMinutes.Said()).known());
      MinuteRanges.Range gap = growth.withoutBars();
      if (gap != null) {
        gaps.put(growth.coin, gap);
      }
    }
    Map<Coin, KnownMinutes.Said> said = coverage.said(gaps);
    all.forEach(growth -> growth.apply(said.getOrDefault(growth.coin, new KnownMinutes.Said()).certain()));
  }

  /** New minutes at the end of one coin's grid, and changes of those in memory. */
  private final class Growth {
    private final Coin coin;
    private final GridEnds.End end;
    private final TreeMap<Long, Bar> bars;
    private final TreeMap<Long, Bar> all;
    private final List<Segment> segments = new ArrayList<>();
    private boolean newSegment;

    Growth(Coin coin, GridEnds.End end, TreeMap<Long, Bar> newBars, MinuteRanges covered) {
      this.coin = coin;
      this.end = end;
      this.bars = end == null ? newBars : new TreeMap<>(newBars.tailMap(end.begin(), true));
      this.all = new TreeMap<>();
      MinuteRanges known = end == null ? covered : covered.within(end.begin(), Long.MAX_VALUE);
      if (end != null) {
        end.window().values().stream().filter(Minute::hasBar).forEach(minute -> all.put(minute.start(), minute.bar()));
      }
      bars.forEach((minute, bar) -> all.merge(minute, bar, Bar::newest));
      plan(known);
    }

    private void plan(MinuteRanges known) {
      MinuteRanges points = new MinuteRanges();
      bars.keySet().forEach(minute -> points.add(minute, minute + 1));
      points.addAll(known);
      Segment open = null;
      for (MinuteRanges.Range point : points.list()) {
        if (open == null && end != null && point.from() - end.newest().start() <= WIDEST_HOLE) {
          long from = Math.min(point.from(), end.newest().start() + 1);
          open = new Segment(from, Math.max(point.to(), end.newest().start() + 1), lastBefore(from));
        } else if (open != null && point.from() - open.to() < WIDEST_HOLE) {
          open = new Segment(open.from(), Math.max(open.to(), point.to()), open.last());
        } else {
          if (open != null) {
            segments.add(open);
          }
          Long first = bars.ceilingKey(point.from());
          open = first == null || first >= point.to() ? null : new Segment(first, point.to(), null);
          newSegment |= open != null;
        }
      }
      if (open != null) {
        segments.add(open);
      }
    }

    private Minute.Last lastBefore(long minute) {
      Minute previous = end.window().get(minute - 1);
      if (previous != null) {
        return previous.last();
      }
      return end.window().containsKey(minute) ? end.before() : end.newest().last();
    }

    boolean isAny() {
      return !segments.isEmpty();
    }

    boolean startsNewSegment() {
      return newSegment;
    }

    long end() {
      return segments.get(segments.size() - 1).to();
    }

    void extend(MinuteRanges later) {
      if (!later.isEmpty() && later.end() > end()) {
        Segment last = segments.remove(segments.size() - 1);
        segments.add(new Segment(last.from(), later.end(), last.last()));
      }
    }

    /** The range from the first minute without a bar; null if all have one. */
    MinuteRanges.Range withoutBars() {
      for (Segment segment : segments) {
        for (long minute = segment.from(); minute < segment.to(); minute++) {
          if (!all.containsKey(minute)) {
            return new MinuteRanges.Range(minute, end());
          }
        }
      }
      return null;
    }

    void apply(MinuteRanges known) {
      TreeMap<Long, Minute> latest = end == null ? new TreeMap<>() : new TreeMap<>(end.window());
      for (Segment segment : segments) {
        for (Minute minute : MinuteLayer.minutes(coin, segment.from(), segment.to(), segment.last(), all, known)) {
          if (!minute.equals(latest.put(minute.start(), minute))) {
            emit(minute);
          }
          if (latest.size() > MANY_ROWS) {
            latest.headMap(latest.lastKey() - EpochMinutes.DAY).clear();
          }
        }
      }
      bars.keySet().forEach(minute -> affectedOf(coin).add(minute, minute + 1));
      if (end != null && latest.lastKey() > end.newest().start()) {
        // A newer minute may close the candles of this one.
        affectedOf(coin).add(end.newest().start(), end.newest().start() + 1);
      }
      TreeMap<Long, Minute> contiguous = contiguous(latest);
      gridEnds.put(coin, contiguous, lastBeforeAll(contiguous.firstKey()));
    }

    /** The last price before the minutes in memory, of which the given one is the first; null where a grid begins with it. */
    private Minute.Last lastBeforeAll(long first) {
      return segments.stream()
          .filter(segment -> segment.from() == first)
          .findFirst()
          .map(Segment::last)
          .orElse(end == null || !end.window().containsKey(first) ? null : end.before());
    }

    /** The last minutes without a hole. */
    private TreeMap<Long, Minute> contiguous(TreeMap<Long, Minute> latest) {
      long from = latest.lastKey();
      while (latest.containsKey(from - 1)) {
        from--;
      }
      return new TreeMap<>(latest.tailMap(from, true));
    }
  }
}
