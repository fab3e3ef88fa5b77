package io.cryptodm.producer.market;

import io.cryptodm.contracts.Backoff;
import io.cryptodm.contracts.Pair;
import io.cryptodm.producer.AnswerTimeout;
import io.cryptodm.producer.Run;
import java.time.Duration;
import java.util.Random;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks for a page again until it comes. It serves a run in the foreground, so it gives up where a producer would wait. For one thread. */
final class PatientHistory implements TradePages {
  private static final Logger LOG = LoggerFactory.getLogger(PatientHistory.class);

  private final HistoryClient client;
  private final Run run;
  private final Backoff backoff = Backoff.equalJitter(Duration.ofSeconds(1), Duration.ofSeconds(30), new Random());
  private final AnswerTimeout timeout;

  PatientHistory(HistoryClient client, Run run) {
    this.client = client;
    this.run = run;
    this.timeout = new AnswerTimeout(run.time());
  }

  @Override
  public Exchange exchange() {
    return client.exchange();
  }

  /** @throws InterruptedException when the run ends */
  @Override
  public Exchange.TradePage trades(Pair pair, String cursor, int limit) throws ExchangeException, InterruptedException {
    timeout.begin();
    while (run.goesOn()) {
      try {
        Exchange.TradePage page = client.trades(pair, cursor, limit);
        backoff.succeeded();
        timeout.answered();
        return page;
      } catch (ExchangeException e) {
        await(e);
      }
    }
    throw new InterruptedException("the run ends");
  }

  private void await(ExchangeException e) throws ExchangeException {
    Duration wait = backoff.next(e.retryAfter());
    timeout.failed();
    if (e.isRefused() || e.isDenied() || timeout.isOver()) {
      backoff.succeeded();
      throw e;
    }
    timeout.extend(e.retryAfter());
    LOG.warn("{}; asked again in {} s", e.getMessage(), wait.toMillis() / 1000.0);
    run.state().error(e.getMessage(), run.time().now());
    run.pause(wait);
  }
}
