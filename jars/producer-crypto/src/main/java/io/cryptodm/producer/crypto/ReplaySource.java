package io.cryptodm.producer.crypto;

import io.cryptodm.contracts.Coverage;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.Sources;
import io.cryptodm.producer.CoverageWriter;
import io.cryptodm.producer.Pace;
import io.cryptodm.producer.Run;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Sends a recording once, in its order: as fast as it is acknowledged, by the times of its bars, or at a rate. Between its first and its last bar a
 * recording covers every minute of a pair.
 */
final class ReplaySource {
  private final Recording recording;
  private final Run run;
  private final CoverageWriter coverage;
  private final Map<Pair, Instant> watchedTo = new HashMap<>();

  ReplaySource(Recording recording, Run run) {
    this.recording = recording;
    this.run = run;
    this.coverage = new CoverageWriter(run);
  }

  /**
   * Runs to the end of the recording.
   *
   * @param summary of the recording
   * @param speed times real time, by the times of the bars; empty: not paced by them
   * @param rate events per second; empty: not paced by a rate
   */
  void run(Recording.Summary summary, OptionalDouble speed, OptionalDouble rate) {
    Pace pace = rate.isPresent() ? new Pace(rate.getAsDouble(), run) : null;
    long startedAt = run.time().nanos();
    recording.forEach(summary.isReversed(), reading -> {
      boolean due = pace != null ? pace.await() : speed.isEmpty() || awaitTurn(reading.bar(), summary.first(), speed.getAsDouble(), startedAt);
      if (!due || !run.send(reading, Sources.REPLAY)) {
        return false;
      }
      watched(reading.bar());
      return coverage.flushWhenDue();
    });
    coverage.flush();
  }

  private void watched(QuoteBar bar) {
    Instant from = watchedTo.getOrDefault(bar.pair(), bar.start());
    // A bar out of order extends no interval.
    if (from.isBefore(bar.end())) {
      coverage.add(bar.pair(), Coverage.State.OBSERVED, from, bar.end(), Sources.REPLAY);
      watchedTo.put(bar.pair(), bar.end());
    }
  }

  private boolean awaitTurn(QuoteBar bar, Instant start, double speed, long startedAt) {
    long due = startedAt + (long) (Duration.between(start, bar.start()).toNanos() / speed);
    long left = due - run.time().nanos();
    return left <= 0 ? run.goesOn() : run.pause(Duration.ofNanos(left));
  }
}
