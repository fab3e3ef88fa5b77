package io.cryptodm.producer.trader;

import io.cryptodm.contracts.Arguments;
import io.cryptodm.contracts.Options;
import io.cryptodm.contracts.Sources;
import io.cryptodm.contracts.Spec;
import io.cryptodm.contracts.UsageException;
import io.cryptodm.producer.Application;
import io.cryptodm.producer.KafkaSettings;
import io.cryptodm.producer.Reporter;
import io.cryptodm.producer.Run;
import java.util.List;

/** Sends simulated trades of many users to the trades topic. */
public final class ProducerTrader {
  static final String HELP =
      """
      Usage: java -jar ProducerTrader-1.0.jar --spec FILE [options]
      Sends simulated BUY and SELL operations to the lake's trades topic until it is stopped. While a recording
      is replayed into the topic of quotes, they are made in its minutes.

        --spec FILE           the lake's spec, or s3://BUCKET/KEY of it
        --coins A/B,...       these coins only (default: the spec's)
        --count N             ends after N trades
        --duration SECONDS    ends after that time
        --rate N              trades per second (default: the spec's)
        --seed N              of users, coins and quantities (default: the spec's)
        --progress-file FILE  JSON, replaced at most once a second
        --help

      stdout: JSON events; stderr: log. Exit codes: 0 done, 2 bad arguments or spec, 1 anything else.
      """;

  private static final Options OPTIONS = Options.of("spec", "coins", "count", "duration", "rate", "seed", "progress-file").andHelp();

  private ProducerTrader() {}

  public static void main(String[] args) {
    new Application("ProducerTrader", HELP, OPTIONS, Work::new).main(args);
  }

  /** What the arguments ask for. */
  private static final class Work implements Application.Work {
    private final Spec.Trades settings;
    private final List<Spec.Coin> coins;
    private final double rate;
    private final long seed;
    private final String quotes;

    Work(Arguments arguments, Spec spec) {
      this.settings = spec.producers().trades();
      this.coins = arguments.coins(spec);
      this.rate = arguments.positive("rate").orElse(settings.rate());
      this.seed = arguments.whole("seed", Long.MIN_VALUE).orElse(settings.seed());
      this.quotes = spec.topic(spec.producers().quotes().topic()).name();
      if (rate <= 0) {
        throw new UsageException("the spec's producers.trades.rate is 0; give --rate above 0");
      }
    }

    @Override
    public String topic() {
      return settings.topic();
    }

    @Override
    public void run(Run run, Reporter reporter, KafkaSettings kafka) {
      reporter.source(Sources.TRADER, settings.users() + " simulated users, " + rate + " trades/s");
      TradeSimulation simulation = new TradeSimulation(coins, settings.users(), seed, new TimeOrderedIds());
      ReplayedBars replayed = new ReplayedBars(run.time());
      replayed.follow(quotes, kafka::newConsumer);
      new Trades(run, simulation, rate, replayed::poll).run();
    }
  }
}
