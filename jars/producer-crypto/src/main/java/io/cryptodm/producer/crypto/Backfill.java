package io.cryptodm.producer.crypto;

import io.cryptodm.producer.AnswerTimeout;
import io.cryptodm.producer.CoverageWriter;
import io.cryptodm.producer.Reporter;
import io.cryptodm.producer.Run;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Requests given minutes from the history and ends. It runs in the foreground, so it gives up where a producer would wait. */
final class Backfill implements History.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(Backfill.class);

  private final Run run;
  private final Reporter reporter;
  private final History history;
  private long asked;
  private long total;
  private long faults;
  private boolean isBroken;
  private final AnswerTimeout timeout;
  private String failure;

  Backfill(AlpacaClient client, Run run, Reporter reporter) {
    this.run = run;
    this.reporter = reporter;
    this.timeout = new AnswerTimeout(run.time());
    CoverageWriter coverage = new CoverageWriter(run);
    this.history = new History(client, run, coverage, new RefusedBars(run, coverage), this);
  }

  /** @throws AlpacaException when it gives up */
  void run(MissingMinutes missing) throws AlpacaException {
    total = missing.minutes();
    timeout.begin();
    history.missed(missing.byPair());
    do {
      history.read(Long.MAX_VALUE);
      if (failure != null && (isBroken || timeout.isOver())) {
        reporter.failed(failure);
        throw AlpacaException.later(failure, Duration.ZERO);
      }
    } while (!history.isDone() && run.pause(history.pause()));
  }

  @Override
  public void answered(long minutes) {
    asked += minutes;
    timeout.answered();
    failure = null;
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
    timeout.failed();
    timeout.extend(wait);
    failure = message;
    run.state().error(message, run.time().now());
    LOG.warn("{}; next try in {} s", message, Math.round(wait.toMillis() / 100.0) / 10.0);
  }
}
