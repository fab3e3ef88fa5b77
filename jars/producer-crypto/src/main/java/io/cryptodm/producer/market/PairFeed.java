package io.cryptodm.producer.market;

import io.cryptodm.contracts.MarketRecord;
import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.TradeHole;
import io.cryptodm.contracts.TradeWatch;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What is known of a pair at an exchange: its trades by their ids, the holes that were reported, and up to when it has been heard of. */
final class PairFeed {
  /** Why trades are missing between two runs. */
  static final String STOPPED = "the producer was not running";

  /** A trade is sent no later than this after it was made, if it was not missed. */
  private static final Duration DELAY = Duration.ofSeconds(30);

  private final Pair pair;
  private final boolean countsIds;
  private final TradeBook book;
  private final Map<List<Long>, TradeHole> reported = new HashMap<>();
  /** ids in no order, and their times, of the last minutes; for an exchange whose ids are not in a row */
  private final Set<Long> recent = new HashSet<>();
  private final Deque<MarketTrade> recentInOrder = new ArrayDeque<>();
  private Instant lastTime;
  private Instant provenTo = Instant.EPOCH;
  private String refused;
  private long namedMissing;
  private final List<Span> breaks = new ArrayList<>();
  private final Set<TradeHole> restoredHoles = new LinkedHashSet<>();
  /** the first trade of an earlier run that was found, the one with the lowest id, and how many from the first on */
  private MarketTrade firstFound;
  private MarketTrade lowestFound;
  private long found;
  /** trades of an earlier run with lower ids than the first one that was found */
  private final Set<Long> below = new HashSet<>();
  /** from when on all that was produced has been found, and by how much times of trades were ahead of it */
  private Instant tailFrom;
  private Duration ahead = Duration.ZERO;

  PairFeed(Pair pair, boolean countsIds) {
    this.pair = pair;
    this.countsIds = countsIds;
    this.book = new TradeBook(pair);
  }

  Pair pair() {
    return pair;
  }

  TradeBook book() {
    return book;
  }

  /** Time of the newest trade; null without any. */
  Instant lastTime() {
    return lastTime;
  }

  /** Why the exchange gives no trades of it; null while it does. */
  String refused() {
    return refused;
  }

  void refused(String reason) {
    refused = reason;
  }

  /** Up to when all trades have been named, if there is no hole: the time of a later trade or of a heartbeat. */
  Instant provenTo() {
    return provenTo;
  }

  void proven(Instant time) {
    provenTo = time.isAfter(provenTo) ? time : provenTo;
  }

  /** False for a trade that is known. */
  boolean take(MarketTrade trade, TradeBook.Finding found) {
    boolean isNew = countsIds ? book.take(trade, found) : isUnseen(trade);
    if (isNew) {
      lastTime = lastTime == null || trade.time().isAfter(lastTime) ? trade.time() : lastTime;
    }
    proven(trade.time());
    return isNew;
  }

  private boolean isUnseen(MarketTrade trade) {
    if (!recent.add(trade.id())) {
      return false;
    }
    recentInOrder.add(trade);
    while (recentInOrder.peek().time().isBefore(trade.time().minus(Duration.ofMinutes(5)))) {
      recent.remove(recentInOrder.poll().id());
    }
    return true;
  }

  boolean countsIds() {
    return countsIds;
  }

  /** The stream was not heard between two times, and its ids do not show what is missing. */
  void missed(Instant from, Instant to) {
    breaks.add(new Span(from, to));
  }

  /** The spans that were missed, oldest first; for an exchange whose ids are not in a row. */
  List<Span> breaks() {
    return breaks;
  }

  /** Whether a trade may be missing whose time lies in a span; {@code to} is exclusive. */
  boolean hasHoleIn(Instant from, Instant to) {
    return countsIds ? book.hasHoleIn(from, to) : breaks.stream().anyMatch(its -> its.from.isBefore(to) && !its.to.isBefore(from));
  }

  /** Whether a missing trade may still come whose time lies in a span; {@code to} is exclusive. */
  boolean mayStillCome(Instant from, Instant to) {
    return countsIds ? book.mayStillCome(from, to) : hasHoleIn(from, to);
  }

  /** A span of time of an exchange; both ends may have trades that are known. */
  record Span(Instant from, Instant to) {}

  /** How many missing trades were named last. */
  long namedMissing() {
    return namedMissing;
  }

  void namedMissing(long trades) {
    namedMissing = trades;
  }

  /** The reports of holes that have changed since the last call. */
  List<MarketRecord> reports(long now) {
    Map<List<Long>, TradeHole> present = new LinkedHashMap<>();
    for (TradeBook.Hole hole : book.holes()) {
      if (now - hole.since() >= TradeBook.DISORDER.toNanos() || reported.containsKey(List.of(hole.first(), hole.last()))) {
        present.put(List.of(hole.first(), hole.last()), hole.report(pair));
      }
    }
    List<MarketRecord> reports = new ArrayList<>();
    // What is left of a hole stands before its end, so that a run that dies in between forgets no id.
    present.forEach((ids, hole) -> {
      if (!hole.equals(reported.get(ids))) {
        reports.add(hole);
      }
    });
    reported.forEach((ids, hole) -> {
      if (!present.containsKey(ids)) {
        reports.add(closed(hole));
      }
    });
    if (!reports.isEmpty()) {
      reported.clear();
      reported.putAll(present);
    }
    return reports;
  }

  private TradeHole closed(TradeHole hole) {
    return new TradeHole(pair, hole.first(), hole.last(), hole.from(), hole.to(), TradeHole.State.CLOSED, hole.reason());
  }

  /** All that a run needs which starts after this one. */
  List<MarketRecord> memory() {
    List<MarketRecord> memory = new ArrayList<>();
    if (countsIds && !book.isEmpty()) {
      memory.add(book.watch());
    }
    // Young holes too: the watched ids include them.
    Map<List<Long>, TradeHole> present = new HashMap<>();
    for (TradeBook.Hole hole : book.holes()) {
      present.put(List.of(hole.first(), hole.last()), hole.report(pair));
    }
    memory.addAll(present.values());
    reported.forEach((ids, hole) -> {
      if (!present.containsKey(ids)) {
        memory.add(closed(hole));
      }
    });
    reported.clear();
    reported.putAll(present);
    return memory;
  }

  /**
   * Takes a record of an earlier run, in the order of the topic.
   *
   * @param from when the first record was produced that can be found
   * @return true for a trade that is not known yet
   */
  boolean restore(MarketRecord record, Instant producedAt, Instant from, long now) {
    tailFrom = from;
    if (record instanceof MarketTrade trade) {
      return restore(trade, producedAt, now);
    }
    if (record instanceof TradeWatch watch) {
      book.restore(watch, producedAt);
    } else if (record instanceof TradeHole hole && !book.isEmpty()) {
      List<Long> ids = List.of(hole.first(), hole.last());
      restoredHoles.add(hole);
      if (hole.state() == TradeHole.State.CLOSED) {
        reported.remove(ids);
        // Its trades may stand before the tail's first one, which are not taken.
        book.close(hole.first(), hole.last());
      } else {
        book.restore(hole, now);
        reported.put(ids, hole);
      }
    }
    return false;
  }

  private boolean restore(MarketTrade trade, Instant producedAt, long now) {
    Duration early = Duration.between(producedAt, trade.time());
    ahead = early.compareTo(ahead) > 0 ? early : ahead;
    lowestFound = lowestFound == null || trade.id() < lowestFound.id() ? trade : lowestFound;
    if (countsIds && firstFound != null && trade.id() <= firstFound.id()) {
      // One below the first was repaired: what lies between is known, as the next report will say.
      boolean isNew = trade.id() < firstFound.id() && below.add(trade.id());
      if (isNew && trade.id() >= book.first()) {
        // It may fill a hole that was reported before.
        book.take(trade, new TradeBook.Finding(now, STOPPED, true));
      }
      return isNew;
    }
    boolean isNew = take(trade, new TradeBook.Finding(now, STOPPED, true));
    firstFound = firstFound == null ? trade : firstFound;
    found += isNew ? 1 : 0;
    return isNew;
  }

  /**
   * Where a run goes on.
   *
   * @param wholeFrom the first minute of which all known trades were found
   * @param ask the minute before, if it may not have been completed and the history has to say its trades; null for none
   */
  record Resumption(Instant wholeFrom, Instant ask) {}

  /** The holes of which an earlier run spoke last, open or closed. */
  Set<TradeHole> restoredHoles() {
    return restoredHoles;
  }

  /** Where to go on after an earlier run; null without anything of it. */
  Resumption resumption() {
    if (!countsIds) {
      return firstFound == null ? null : new Resumption(MinuteBars.minuteOf(firstFound.time()).plus(MinuteBars.MINUTE), null);
    }
    if (book.isEmpty()) {
      return null;
    }
    Instant from = MinuteBars.minuteOf(tailFrom.plus(ahead).plus(DELAY)).plus(MinuteBars.MINUTE);
    if (firstFound != null && found == book.known(firstFound.id())) {
      Instant after = MinuteBars.minuteOf(firstFound.time()).plus(MinuteBars.MINUTE);
      from = after.isBefore(from) ? after : from;
    }
    // Trades before the first one that was ever known were never asked for.
    Instant begin = lowestFound != null && lowestFound.id() == book.first() ? MinuteBars.minuteOf(lowestFound.time()) : null;
    if (begin != null && !from.isAfter(begin.plus(MinuteBars.MINUTE))) {
      return new Resumption(begin.plus(MinuteBars.MINUTE), begin);
    }
    // After the last trade nothing is known, so that nothing can be missing of it.
    Instant last = MinuteBars.minuteOf(book.lastTime());
    return last.isBefore(from) ? new Resumption(last.plus(MinuteBars.MINUTE), last) : new Resumption(from, null);
  }
}
