package io.cryptodm.producer.crypto;

import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.Sources;
import io.cryptodm.producer.Pace;
import io.cryptodm.producer.Run;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalDouble;

/** Sends a recording once, in its order: as fast as it is acknowledged, by the bars' own times, or at a rate. */
final class ReplaySource {
  private final Recording recording;
  private final Run run;

  ReplaySource(Recording recording, Run run) {
    this.recording = recording;
    this.run = run;
  }

  /**
   * Runs to the end of the recording.
   *
   * @param start the first bar's time
   * @param speed times real time by the bars' own times; empty for no such pace
   * @param rate events per second; empty for no such pace
   */
  void run(Instant start, OptionalDouble speed, OptionalDouble rate) {
    Pace pace = rate.isPresent() ? new Pace(rate.getAsDouble(), run) : null;
    long startedAt = run.time().nanos();
    recording.forEach(bar -> {
      boolean due = pace != null ? pace.await() : speed.isEmpty() || awaitTurn(bar, start, speed.getAsDouble(), startedAt);
      return due && run.send(bar, Sources.REPLAY);
    });
  }

  private boolean awaitTurn(QuoteBar bar, Instant start, double speed, long startedAt) {
    long due = startedAt + (long) (Duration.between(start, bar.start()).toNanos() / speed);
    long left = due - run.time().nanos();
    return left <= 0 ? run.goesOn() : run.pause(Duration.ofNanos(left));
  }
}
