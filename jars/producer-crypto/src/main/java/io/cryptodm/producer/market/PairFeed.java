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
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What is known of a pair at an exchange: its trades by their ids, the holes that were reported, and up to when it has been heard of. */
final class PairFeed {
  /** Why trades are missing between two runs. */
  static final String STOPPED = "the producer was not running";

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
  /** the first trade of an earlier run that was found, and how many */
  private MarketTrade firstFound;
  private long found;

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
        reports.add(new TradeHole(pair, hole.first(), hole.last(), hole.from(), hole.to(), TradeHole.State.CLOSED, hole.reason()));
      }
    });
    if (!reports.isEmpty()) {
      reported.clear();
      reported.putAll(present);
    }
    return reports;
  }

  /** All that a run needs which starts after this one. */
  List<MarketRecord> memory() {
    List<MarketRecord> memory = new ArrayList<>();
    if (countsIds && !book.isEmpty()) {
      memory.add(book.watch());
    }
    memory.addAll(reported.values());
    return memory;
  }

  /**
   * Takes a record of an earlier run, in the order of the topic.
   *
   * @return true for a trade that is not known yet
   */
  boolean restore(MarketRecord record, Instant producedAt, long now) {
    if (record instanceof MarketTrade trade) {
      // One below the first was repaired: what lies between is known, as the next report will say.
      boolean isNew = (firstFound == null || trade.id() > firstFound.id()) && take(trade, new TradeBook.Finding(now, STOPPED, true));
      firstFound = firstFound == null ? trade : firstFound;
      found += isNew ? 1 : 0;
      return isNew;
    }
    if (record instanceof TradeWatch watch) {
      book.restore(watch, producedAt);
    } else if (record instanceof TradeHole hole && !book.isEmpty()) {
      List<Long> ids = List.of(hole.first(), hole.last());
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

  /** The first minute of which all trades of an earlier run were found; null without anything of it. */
  Instant resumedFrom() {
    if (firstFound == null) {
      return book.isEmpty() ? null : MinuteBars.minuteOf(book.lastTime());
    }
    // Trades that were repaired may stand before the end of the topic, although their ids are higher.
    boolean isWhole = !countsIds || found == book.known(firstFound.id());
    return MinuteBars.minuteOf(isWhole ? firstFound.time() : lastTime).plus(MinuteBars.MINUTE);
  }
}
