package io.cryptodm.producer.crypto;

import io.cryptodm.producer.CoverageWriter;
import io.cryptodm.producer.Reporter;
import io.cryptodm.producer.Run;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Requests given minutes from the history and ends. It runs in the foreground, so it gives up where a producer would wait. */
final class Backfill implements History.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(Backfill.class);

  /** Most failures in a row before the first answer: then the source is unreachable, not busy. */
  private static final int MOST_FAILURES = 4;

  /** Longest time without an answer, in addition to what the source asked to wait. */
  private static final Duration TIMEOUT = Duration.ofMinutes(10);

  private final Run run;
  private final Reporter reporter;
  private final History history;
  private long asked;
  private long total;
  private long faults;
  private boolean isBroken;
  private int failures;
  private boolean everAnswered;
  private long answeredAt;
  private String failure;

  Backfill(AlpacaClient client, Run run, Reporter reporter) {
    this.run = run;
    this.reporter = reporter;
    CoverageWriter coverage = new CoverageWriter(run);
    this.history = new History(client, run, coverage, new RefusedBars(run, coverage), this);
  }

  /** @throws AlpacaException when it gives up */
  void run(MissingMinutes missing) throws AlpacaException {
    total = missing.minutes();
    answeredAt = run.time().nanos();
    history.missed(missing.byPair());
    do {
      history.read(Long.MAX_VALUE);
      if (failure != null && hasGivenUp()) {
        reporter.failed(failure);
        throw AlpacaException.later(failure, Duration.ZERO);
      }
    } while (!history.isDone() && run.pause(history.pause()));
  }

  private boolean hasGivenUp() {
    return isBroken || (everAnswered ? run.time().nanos() - answeredAt > TIMEOUT.toNanos() : failures >= MOST_FAILURES);
  }

  @Override
  public void answered(long minutes) {
    asked += minutes;
    everAnswered = true;
    failures = 0;
    failure = null;
    answeredAt = run.time().nanos();
    reporter.history(asked, total);
  }

  @Override
  public void fault(String reason) {
    faults++;
    LOG.warn("Alpaca sent an invalid bar: {}", reason);
    reporter.refusedBar(faults, reason);
  }

  @Override
  public void broken(String reason) {
    isBroken = true;
    failure = reason;
  }

  @Override
  public void refused(String reason) {
    reporter.refused(reason);
  }

  @Override
  public void trouble(String message, Duration wait) {
    failures++;
    failure = message;
    // A wait that the source asked for does not count.
    answeredAt += wait.toNanos();
    run.state().error(message, run.time().now());
    LOG.warn("{}; next try in {} s", message, Math.round(wait.toMillis() / 100.0) / 10.0);
  }
}
