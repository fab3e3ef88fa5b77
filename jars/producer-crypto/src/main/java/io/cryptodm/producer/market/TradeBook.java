package io.cryptodm.producer.market;

import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.TradeHole;
import io.cryptodm.contracts.TradeWatch;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which trades of a pair are known, by their ids, which count up by one: all from the first to the last, except those of holes. A few numbers stand for
 * millions of trades.
 */
final class TradeBook {
  private final Pair pair;
  private final TreeMap<Long, Hole> holes = new TreeMap<>();
  private long first = -1;
  private long last = -1;
  private Instant firstTime;
  private Instant lastTime;

  /** Ids in a row that are missing. */
  static final class Hole {
    private final long first;
    private final long last;
    private final Instant from;
    private final Instant to;
    private final long since;
    private final String reason;
    /** answers of the history without these trades */
    private int answers;
    /** when the history answered first without them, nanoseconds of the run's clock; null before */
    private Long answeredAt;
    /** no request before, nanoseconds of the run's clock */
    private long notBefore;
    /** why nobody has them, should that be so */
    private String absence = "the history of the exchange has no such trades";
    private boolean isRefused;
    private boolean isGivenUp;

    private Hole(long first, long last, Instant from, Instant to, Finding found) {
      this.first = first;
      this.last = last;
      this.from = from;
      this.to = to;
      this.since = found.at;
      this.notBefore = found.at + (found.isBreak ? 0 : DISORDER.toNanos());
      this.reason = found.reason;
    }

    private Hole part(long partFirst, long partLast, Instant partFrom, Instant partTo) {
      Hole part = new Hole(partFirst, partLast, partFrom, partTo, new Finding(since, reason, true));
      part.answers = answers;
      part.answeredAt = answeredAt;
      part.notBefore = notBefore;
      part.absence = absence;
      part.isRefused = isRefused;
      part.isGivenUp = isGivenUp;
      return part;
    }

    long first() {
      return first;
    }

    long last() {
      return last;
    }

    /** Time of the trade before. */
    Instant from() {
      return from;
    }

    /** Time of the trade after, or of the report that named the last id. */
    Instant to() {
      return to;
    }

    /** When it was found, nanoseconds of the run's clock. */
    long since() {
      return since;
    }

    long notBefore() {
      return notBefore;
    }

    int answers() {
      return answers;
    }

    /**
     * The history has answered without these trades.
     *
     * @return whether that is why they are given up now
     */
    boolean answered(long now, long again) {
      answers++;
      answeredAt = answeredAt == null ? now : answeredAt;
      notBefore = again;
      boolean isNew = !isGivenUp && answers >= ABSENT_AFTER && now - answeredAt >= GIVEN_UP_AFTER.toNanos();
      isGivenUp |= isNew;
      return isNew;
    }

    /** The history has them, but nobody can read what it says. */
    void refuse(String reason) {
      isRefused = true;
      absence = reason;
    }

    /** The history has not answered. */
    void postpone(long again) {
      notBefore = again;
    }

    /** Several answers without them: the exchange has no such trades, as far as anybody can tell. */
    boolean isAbsent() {
      return answers >= ABSENT_AFTER || isRefused;
    }

    /** It was absent for long enough that nobody waits for it any more, though it is still asked for. */
    boolean isGivenUp() {
      return isGivenUp;
    }

    TradeHole report(Pair pair) {
      return isAbsent()
          ? new TradeHole(pair, first, last, from, to, TradeHole.State.ABSENT, isGivenUp ? absence + GIVEN_UP : absence)
          : new TradeHole(pair, first, last, from, to, TradeHole.State.OPEN, reason);
    }
  }

  /**
   * When and how a trade or an id came that shows what is missing.
   *
   * @param at nanoseconds of the run's clock
   * @param reason why trades before it are missing, if they are
   * @param isBreak false if messages may only have changed places, so that it is worth while to wait a moment
   */
  record Finding(long at, String reason, boolean isBreak) {}

  /** A hole younger than this may be a message that comes in another order. */
  static final Duration DISORDER = Duration.ofSeconds(1);

  private static final int ABSENT_AFTER = 3;

  /** How long answers have to say the same before nobody waits any more. */
  private static final Duration GIVEN_UP_AFTER = Duration.ofMinutes(10);

  /** The end of a reason, by which a run that starts knows what an earlier one has given up. */
  private static final String GIVEN_UP = ", also after 10 minutes";

  TradeBook(Pair pair) {
    this.pair = pair;
  }

  boolean isEmpty() {
    return first < 0;
  }

  long first() {
    return first;
  }

  long last() {
    return last;
  }

  /** Time of the first trade that is known; null without any. */
  Instant firstTime() {
    return firstTime;
  }

  /** The latest time of a trade; null without any. */
  Instant lastTime() {
    return lastTime;
  }

  /** What is known, for the topic. */
  TradeWatch watch() {
    return new TradeWatch(pair, first, last, lastTime);
  }

  Collection<Hole> holes() {
    return holes.values();
  }

  /**
   * Takes a trade.
   *
   * @return false for one that is known
   */
  boolean take(MarketTrade trade, Finding found) {
    long id = trade.id();
    if (isEmpty()) {
      first = id;
      last = id;
      firstTime = trade.time();
      lastTime = trade.time();
      return true;
    }
    if (id > last) {
      open(last + 1, id - 1, lastTime, trade.time(), found);
      last = id;
      lastTime = later(lastTime, trade.time());
      return true;
    }
    if (id < first) {
      open(id + 1, first - 1, trade.time(), firstTime, found);
      first = id;
      firstTime = trade.time();
      return true;
    }
    Map.Entry<Long, Hole> at = holes.floorEntry(id);
    if (at == null || at.getValue().last < id) {
      return false;
    }
    Hole hole = at.getValue();
    holes.remove(hole.first);
    // The trade may carry a time that is earlier or later than those around it: no part may become narrower than what is missing.
    Instant middle = later(hole.from, trade.time());
    keep(hole.part(hole.first, id - 1, hole.from, middle));
    keep(hole.part(id + 1, hole.last, earlier(middle, hole.to), later(hole.to, trade.time())));
    // A late id may have a later time than the last one.
    lastTime = later(lastTime, trade.time());
    return true;
  }

  /** The exchange says that its last trade has this id. @param time when it said so */
  void expect(long lastId, Instant time, Finding found) {
    if (!isEmpty() && lastId > last) {
      open(last + 1, lastId, lastTime, time, found);
      last = lastId;
      lastTime = later(lastTime, time);
    }
  }

  /** Goes on where an earlier run was. @param producedAt when it said so */
  void restore(TradeWatch watch, Instant producedAt) {
    Instant time = watch.until() == null ? producedAt : watch.until();
    if (isEmpty() || watch.first() < first) {
      first = watch.first();
      firstTime = time;
    }
    if (watch.last() > last) {
      last = watch.last();
      lastTime = lastTime == null ? time : later(lastTime, time);
    }
  }

  /** A hole that an earlier run has reported. */
  void restore(TradeHole hole, long now) {
    Hole found = new Hole(hole.first(), hole.last(), hole.from(), hole.to(), new Finding(now, hole.reason(), true));
    // An absent one stays so; it is asked for once more.
    if (hole.state() == TradeHole.State.ABSENT) {
      found.answers = ABSENT_AFTER;
      found.isGivenUp = hole.reason().endsWith(GIVEN_UP);
      found.absence = found.isGivenUp ? hole.reason().substring(0, hole.reason().length() - GIVEN_UP.length()) : hole.reason();
    }
    holes.headMap(hole.last(), true).values().removeIf(its -> its.last >= hole.first());
    holes.put(found.first, found);
    // A heartbeat had named its ids: the next trade opens a hole behind them only.
    if (hole.last() > last) {
      last = hole.last();
      lastTime = lastTime == null ? hole.to() : later(lastTime, hole.to());
    }
  }

  /** An earlier run has closed a hole. */
  void close(long from, long to) {
    Hole hole = holes.get(from);
    if (hole != null && hole.last == to) {
      holes.remove(from);
    }
  }

  private void open(long from, long to, Instant fromTime, Instant toTime, Finding found) {
    if (from <= to) {
      // A late trade carries a time before that of the one that came last.
      keep(new Hole(from, to, fromTime, later(fromTime, toTime), found));
    }
  }

  private void keep(Hole hole) {
    if (hole.first <= hole.last) {
      holes.put(hole.first, hole);
    }
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  /** Whether a trade may be missing whose time lies in a span; {@code to} is exclusive. */
  boolean hasHoleIn(Instant from, Instant to) {
    return holes.values().stream().anyMatch(hole -> hole.from.isBefore(to) && !hole.to.isBefore(from));
  }

  /** As {@link #hasHoleIn}, without what is given up. */
  boolean mayStillCome(Instant from, Instant to) {
    return holes.values().stream().anyMatch(hole -> !hole.isGivenUp && hole.from.isBefore(to) && !hole.to.isBefore(from));
  }

  /** How many trades are known from an id on, that one included. */
  long known(long id) {
    return last - id + 1 - holes.tailMap(id, true).values().stream().mapToLong(hole -> hole.last - hole.first + 1).sum();
  }

  /** The holes of which the history may be asked now. */
  List<Hole> due(long now) {
    List<Hole> due = new ArrayList<>();
    for (Hole hole : holes.values()) {
      if (hole.notBefore <= now) {
        due.add(hole);
      }
    }
    return due;
  }

  /** The holes within a range of ids. */
  Collection<Hole> within(long from, long to) {
    return new ArrayList<>(holes.subMap(from, true, to, true).values());
  }
}
