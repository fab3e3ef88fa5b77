package io.cryptodm.producer.crypto;

import io.cryptodm.contracts.Coverage;
import io.cryptodm.contracts.MinuteRanges;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.Sources;
import io.cryptodm.contracts.Spec;
import io.cryptodm.producer.CoverageWriter;
import io.cryptodm.producer.Pace;
import io.cryptodm.producer.Run;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bars of random walks. Without a rate each coin's bar is sent when its minute is complete, the last full minute at once, and minutes missed since
 * the last run are filled. With a rate, the bars of the running minute are revised all the time, evenly over the coins.
 */
final class SimulatedSource {
  private static final Logger LOG = LoggerFactory.getLogger(SimulatedSource.class);
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration REFILL = Duration.ofHours(24);

  private final List<Pair> pairs = new ArrayList<>();
  private final List<RandomWalk> walks = new ArrayList<>();
  private final SimulatedClock clock;
  private final Duration first;
  private final Run run;
  private final CoverageWriter coverage;

  /** @param first how far back a coin without any bar in the topic gets its history */
  SimulatedSource(List<Spec.Coin> coins, long seed, SimulatedClock clock, Duration first, Run run) {
    this.first = first;
    for (Spec.Coin coin : coins) {
      pairs.add(coin.pair());
      walks.add(new RandomWalk(coin, seed));
    }
    this.clock = clock;
    this.run = run;
    this.coverage = new CoverageWriter(run);
  }

  /** Sends complete minutes. @param tail the end of the topic as earlier runs left it, or null to fill nothing */
  void runNaturally(TopicTail tail) {
    try {
      follow(tail);
    } finally {
      coverage.flush();
    }
  }

  private void follow(TopicTail tail) {
    Instant next = clock.now().truncatedTo(ChronoUnit.MINUTES).minus(MINUTE);
    if (!sendMinute(next, tail) || tail != null && !gapFill(next, tail)) {
      return;
    }
    PastWalk past = tail == null ? null : new PastWalk(tail, next);
    next = next.plus(MINUTE);
    while (true) {
      Instant now = clock.now();
      if (next.plus(MINUTE).isAfter(now)) {
        // The running minute comes first: history is sent while there is nothing else to do.
        if (past != null && past.goesOn()) {
          if (!past.sendHour()) {
            return;
          }
          continue;
        }
        if (!run.pause(clock.until(next.plus(MINUTE)))) {
          return;
        }
        continue;
      }
      // After the machine slept long, the same limit holds as after a stop.
      Instant earliest = now.minus(REFILL).truncatedTo(ChronoUnit.MINUTES);
      next = next.isBefore(earliest) ? earliest : next;
      if (!sendMinute(next, null)) {
        return;
      }
      next = next.plus(MINUTE);
    }
  }

  /** The walks of new coins before their first minute, hour after hour into the past, so that the newest of it is there first. */
  private final class PastWalk {
    private final List<Integer> fresh = new ArrayList<>();
    private final Instant begin;
    private Instant end;

    PastWalk(TopicTail tail, Instant firstMinute) {
      end = firstMinute;
      begin = firstMinute.minus(first).truncatedTo(ChronoUnit.MINUTES);
      for (int i = 0; i < pairs.size(); i++) {
        if (tail.known(TopicTail.Family.SIMULATION, pairs.get(i)).isEmpty()) {
          fresh.add(i);
        }
      }
      run.state().history(fresh.size() * Duration.between(begin, end).toMinutes(), 0);
    }

    boolean goesOn() {
      return !fresh.isEmpty() && begin.isBefore(end);
    }

    boolean sendHour() {
      Instant from = end.minus(Duration.ofHours(1)).isBefore(begin) ? begin : end.minus(Duration.ofHours(1));
      for (int i : fresh) {
        for (Instant minute = from; minute.isBefore(end); minute = minute.plus(MINUTE)) {
          if (!run.send(walks.get(i).bar(minute), Sources.SIMULATE)) {
            return false;
          }
        }
        coverage.add(pairs.get(i), Coverage.State.HISTORY, from, end, Sources.SIMULATE);
      }
      run.state().history(0, fresh.size() * Duration.between(from, end).toMinutes());
      end = from;
      return coverage.flush() && run.goesOn();
    }
  }

  /** Sends one minute of all coins, except bars that the end of the topic already holds with the same values. */
  private boolean sendMinute(Instant minute, TopicTail tail) {
    for (int i = 0; i < walks.size(); i++) {
      QuoteBar bar = walks.get(i).bar(minute);
      if (tail != null && bar.equals(tail.newest(TopicTail.Family.SIMULATION, pairs.get(i)))) {
        run.state().repeatDropped();
        continue;
      }
      if (!run.send(bar, Sources.SIMULATE)) {
        return false;
      }
    }
    for (Pair pair : pairs) {
      coverage.add(pair, Coverage.State.OBSERVED, minute, minute.plus(MINUTE), Sources.SIMULATE);
    }
    return coverage.flushWhenDue() && run.goesOn();
  }

  private boolean gapFill(Instant sent, TopicTail tail) {
    Instant earliest = sent.minus(REFILL);
    int filled = 0;
    for (int i = 0; i < walks.size(); i++) {
      MinuteRanges bars = tail.bars(TopicTail.Family.SIMULATION, pairs.get(i)).within(Instant.EPOCH, sent);
      List<Gap> gaps = new ArrayList<>();
      if (!bars.isEmpty()) {
        gaps.addAll(Gap.of(bars.holes(bars.from().isBefore(earliest) ? earliest : bars.from(), bars.to())));
        // Including the newest minute: a run with a rate may have stopped in the middle of it.
        gaps.add(Gap.between(bars.to().minus(MINUTE).minus(MINUTE), sent, earliest));
      }
      for (Gap gap : gaps) {
        for (Instant minute = gap.from(); !minute.isAfter(gap.to()); minute = minute.plus(MINUTE)) {
          QuoteBar bar = walks.get(i).bar(minute);
          if (bar.equals(tail.newest(TopicTail.Family.SIMULATION, pairs.get(i)))) {
            continue;
          }
          if (!run.send(bar, Sources.SIMULATE)) {
            return false;
          }
          filled++;
        }
        coverage.add(pairs.get(i), Coverage.State.HISTORY, gap.from(), gap.to().plus(MINUTE), Sources.SIMULATE);
      }
    }
    if (filled > 0) {
      LOG.info("filled {} minutes missed since the last run", filled);
    }
    return run.goesOn();
  }

  /** Revises the bars of the running minute, coin after coin. @param rate events per second */
  void runAtRate(double rate) {
    try {
      revise(rate);
    } finally {
      coverage.flush();
    }
  }

  private void revise(double rate) {
    boolean all = rate * 60 >= 2.0 * walks.size();
    if (!all) {
      LOG.warn("{} events/s are too few for every minute of {} coins: minutes will be missing", rate, walks.size());
    }
    Instant[] open = new Instant[walks.size()];
    Pace pace = new Pace(rate, run);
    for (int i = 0; pace.await(); i = (i + 1) % walks.size()) {
      Instant now = clock.now();
      Instant minute = now.truncatedTo(ChronoUnit.MINUTES);
      QuoteBar bar;
      boolean complete = open[i] != null && open[i].isBefore(minute);
      if (complete) {
        // The ended minute is sent once more, complete; the running one follows at the coin's next turn.
        bar = walks.get(i).bar(open[i]);
        open[i] = null;
      } else {
        bar = walks.get(i).bar(minute, Duration.between(minute, now).toNanos() / 60e9);
        open[i] = minute;
      }
      if (!run.send(bar, Sources.SIMULATE)) {
        return;
      }
      if (complete && all) {
        coverage.add(bar.pair(), Coverage.State.OBSERVED, bar.start(), bar.end(), Sources.SIMULATE);
        coverage.flushWhenDue();
      }
    }
  }
}
