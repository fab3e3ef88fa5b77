package io.cryptodm.producer.market;

import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.Sources;
import io.cryptodm.producer.CoverageWriter;
import io.cryptodm.producer.Run;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;

/** Makes the bars of recorded trades as they are made of those of an exchange that is followed: by the same rules, in the order of their times. */
public final class TradeReplay {
  /** Minutes of a pair that are kept for corrections. */
  private static final int MOST_MINUTES = 24 * 60;

  /** How often, in the time of the trades, minutes are sent that are not complete, where nobody waits for them. */
  private static final Duration DUE = Duration.ofMinutes(10);

  private final Run run;
  private final OptionalDouble speed;
  private final Instant first;
  private final CoverageWriter coverage;
  private final Map<String, Boolean> countsIds = new HashMap<>();
  private final Map<Pair, Replayed> pairs = new LinkedHashMap<>();
  private final long startedAt;

  /** A pair that is replayed. */
  private final class Replayed {
    private final PairFeed feed;
    private final PairBars bars;
    private Instant minute = Instant.EPOCH;
    private Instant dueAt = Instant.EPOCH;
    /** stands still while nothing is due */
    private long nanos = run.time().nanos();

    private Replayed(Pair pair, String exchange) {
      this.feed = new PairFeed(pair, countsIds.get(exchange));
      this.bars = new PairBars(feed, MOST_MINUTES, Sources.REPLAY, run, coverage);
    }

    private boolean take(MarketTrade trade) {
      int holes = feed.book().holes().size();
      if (!feed.take(trade, new TradeBook.Finding(run.time().nanos(), "the recording has left them out", true))) {
        return run.goesOn();
      }
      bars.take(trade);
      if (feed.book().holes().size() > holes) {
        feed.book().holes().forEach(hole -> bars.reopen(hole.from(), hole.to()));
      }
      Instant its = MinuteBars.minuteOf(trade.time());
      boolean isOver = its.isAfter(minute);
      minute = isOver ? its : minute;
      return !isOver && speed.isEmpty() || send(speed.isPresent() || !its.isBefore(dueAt)) && cover(isOver);
    }

    private boolean send(boolean isDue) {
      if (isDue) {
        nanos = Math.max(nanos + PairBars.PACE.toNanos() * 2, run.time().nanos());
        dueAt = minute.plus(DUE);
      }
      return bars.send(speed.isPresent() ? run.time().nanos() : nanos);
    }

    private boolean cover(boolean isOver) {
      if (isOver) {
        bars.cover();
      }
      return run.goesOn();
    }
  }

  /**
   * Without any trade.
   *
   * @param first time of the first trade
   * @param speed times real time; empty: as fast as bars are acknowledged
   */
  public TradeReplay(Instant first, OptionalDouble speed, Run run) {
    this.run = run;
    this.speed = speed;
    this.first = first;
    this.coverage = new CoverageWriter(run);
    this.startedAt = run.time().nanos();
    Exchanges.all(null, null).forEach(exchange -> countsIds.put(exchange.source(), exchange.countsIds()));
  }

  /** Takes the next trade. @param exchange its source, see {@link Exchanges}. False when the run ends */
  public boolean take(String exchange, MarketTrade trade) {
    if (speed.isPresent() && !await(trade.time())) {
      return false;
    }
    return pairs.computeIfAbsent(trade.pair(), pair -> new Replayed(pair, exchange)).take(trade) && coverage.flushWhenDue();
  }

  private boolean await(Instant time) {
    long due = startedAt + (long) (Duration.between(first, time).toNanos() / speed.getAsDouble());
    long left = due - run.time().nanos();
    if (left <= 0) {
      return run.goesOn();
    }
    return pairs.values().stream().allMatch(its -> its.send(true)) && run.pause(Duration.ofNanos(left));
  }

  /** Sends what is left: the last minute of each pair runs. */
  public void end() {
    for (Replayed its : pairs.values()) {
      its.send(true);
      its.bars.cover();
    }
    coverage.flush();
  }
}
