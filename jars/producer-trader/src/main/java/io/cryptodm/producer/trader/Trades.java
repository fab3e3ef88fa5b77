package io.cryptodm.producer.trader;

import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.Sources;
import io.cryptodm.contracts.TradeEvent;
import io.cryptodm.producer.Pace;
import io.cryptodm.producer.Run;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Supplier;

/**
 * Sends simulated trades at an even pace. While a recording is replayed they are made in its time: in each of its minutes as many as in a minute of
 * real time, however fast it is, so that they have prices.
 */
final class Trades {
  /** How long after its last bar a replay may go on: at real speed a bar comes once a minute. */
  private static final Duration SILENCE = Duration.ofSeconds(90);

  private static final Duration LOOK = Duration.ofMillis(200);

  /** Upper limit of the trades in a minute of one coin: a replay is faster than any market. */
  private static final int MOST_IN_A_MINUTE = 100;

  private final Run run;
  private final TradeSimulation simulation;
  private final double rate;
  private final Supplier<QuoteBar> replayed;

  /** Those that have been replayed, the one with the latest bar last. */
  private final LinkedHashSet<Pair> pairs = new LinkedHashSet<>();

  private double owed;
  private long replayedAt;
  private boolean isReplaying;

  /**
   * @param rate trades per second of all coins
   * @param replayed the next bar of a replay; null while none is waiting
   */
  Trades(Run run, TradeSimulation simulation, double rate, Supplier<QuoteBar> replayed) {
    this.run = run;
    this.simulation = simulation;
    this.rate = rate;
    this.replayed = replayed;
  }

  /** Runs until the run ends. */
  void run() {
    Pace pace = new Pace(rate, run);
    while (run.goesOn()) {
      QuoteBar bar = replayed.get();
      if (bar != null) {
        isReplaying = true;
        replayedAt = run.time().nanos();
        if (!tradeIn(bar)) {
          return;
        }
      } else if (isReplaying) {
        isReplaying = run.time().nanos() - replayedAt < SILENCE.toNanos();
        run.pause(LOOK);
      } else if (!pace.await() || !run.send(simulation.next(run.time().now()), Sources.TRADER)) {
        return;
      }
    }
  }

  private boolean tradeIn(QuoteBar bar) {
    owed = Math.min(MOST_IN_A_MINUTE, owed + rate * 60 / pairsBeside(bar.pair()));
    List<TradeEvent> trades = simulation.in(bar, (int) owed);
    owed -= trades.size();
    return trades.stream().allMatch(trade -> run.send(trade, Sources.TRADER));
  }

  /**
   * How many pairs share a minute of the replay, which may have more than the lake, or fewer: those that had a bar since the last one of this pair, and itself. A
   * recording that ended before does not count.
   */
  private int pairsBeside(Pair pair) {
    int older = 0;
    for (Pair each : pairs) {
      if (each.equals(pair)) {
        break;
      }
      older++;
    }
    boolean isNew = !pairs.remove(pair);
    pairs.add(pair);
    return isNew ? pairs.size() : pairs.size() - older;
  }
}
