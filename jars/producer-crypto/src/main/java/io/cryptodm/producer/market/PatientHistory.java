package io.cryptodm.producer.market;

import io.cryptodm.contracts.Backoff;
import io.cryptodm.contracts.Pair;
import io.cryptodm.producer.Run;
import java.time.Duration;
import java.util.Random;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks for a page again until it comes. It serves a run in the foreground, so it gives up where a producer would wait. For one thread. */
final class PatientHistory implements TradePages {
  private static final Logger LOG = LoggerFactory.getLogger(PatientHistory.class);

  /** Most failures in a row before the first answer: then the exchange is unreachable, not busy. */
  private static final int MOST_FAILURES = 4;

  /** Longest time without an answer, in addition to what the exchange asked to wait. */
  private static final Duration TIMEOUT = Duration.ofMinutes(10);

  private final HistoryClient client;
  private final Run run;
  private final Backoff backoff = Backoff.equalJitter(Duration.ofSeconds(1), Duration.ofSeconds(30), new Random());
  private boolean everAnswered;
  private long answeredAt;

  PatientHistory(HistoryClient client, Run run) {
    this.client = client;
    this.run = run;
  }

  @Override
  public Exchange exchange() {
    return client.exchange();
  }

  /** @throws InterruptedException when the run ends */
  @Override
  public Exchange.TradePage trades(Pair pair, String cursor, int limit) throws ExchangeException, InterruptedException {
    answeredAt = run.time().nanos();
    while (run.goesOn()) {
      try {
        Exchange.TradePage page = client.trades(pair, cursor, limit);
        backoff.succeeded();
        everAnswered = true;
        return page;
      } catch (ExchangeException e) {
        await(e);
      }
    }
    throw new InterruptedException("the run ends");
  }

  private void await(ExchangeException e) throws ExchangeException {
    Duration wait = backoff.next(e.retryAfter());
    boolean hasGivenUp = everAnswered ? run.time().nanos() - answeredAt > TIMEOUT.toNanos() : backoff.failures() >= MOST_FAILURES;
    if (e.isRefused() || e.isDenied() || hasGivenUp) {
      backoff.succeeded();
      throw e;
    }
    // A wait that the exchange asked for does not count.
    answeredAt += e.retryAfter().toNanos();
    LOG.warn("{}; asked again in {} s", e.getMessage(), wait.toMillis() / 1000.0);
    run.state().error(e.getMessage(), run.time().now());
    run.pause(wait);
  }
}
