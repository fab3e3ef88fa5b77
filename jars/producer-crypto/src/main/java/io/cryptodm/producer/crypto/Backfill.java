package io.cryptodm.producer.crypto;

import io.cryptodm.producer.Reporter;
import io.cryptodm.producer.Run;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the history for given minutes and ends: a run in the foreground, which gives up where a producer would wait. */
final class Backfill implements History.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(Backfill.class);

  /** Failures in a row before the first answer: then the source is out of reach, not busy. */
  private static final int MOST_FAILURES = 4;

  /** Without an answer for so long it gives up, beyond what the source asked to wait. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Run run;
  private final Reporter reporter;
  private final History history;
  private long asked;
  private long total;
  private int failures;
  private boolean everAnswered;
  private long answeredAt;
  private String failure;

  Backfill(AlpacaClient client, Run run, Reporter reporter) {
    this.run = run;
    this.reporter = reporter;
    this.history = new History(client, run, new Watch(run), this);
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
    return everAnswered ? run.time().nanos() - answeredAt > PATIENCE.toNanos() : failures >= MOST_FAILURES;
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
    LOG.warn("Alpaca sent what is no bar: {}", reason);
  }

  @Override
  public void refused(String reason) {
    reporter.refused(reason);
  }

  @Override
  public void trouble(String message, Duration wait) {
    failures++;
    failure = message;
    // What the source asked to wait is no silence of it.
    answeredAt += wait.toNanos();
    run.tally().error(message, run.time().now());
    LOG.warn("{}; next try in {} s", message, Math.round(wait.toMillis() / 100.0) / 10.0);
  }
}
