package io.cryptodm.producer.crypto;

import io.cryptodm.contracts.Options;
import io.cryptodm.producer.Application;

/** Sends quotes to the quotes topic: from Alpaca, exchanges, a simulation or a recording. */
public final class ProducerCrypto {
  static final String HELP =
      """
      Usage: java -jar ProducerCrypto-1.0.jar --spec FILE [options]
      Sends one-minute bars to the lake's quotes topic until it is stopped (replay: until the recording ends).

        --spec FILE           the lake's spec, or s3://BUCKET/KEY of it
        --source SOURCE       auto        Alpaca when it answers within 3 s, else the simulation
                              alpaca      polls the latest bars, fills gaps of up to 7 days from the history
                              simulate    seeded random walks, one bar a coin when its minute is complete
                              replay:FILE a recording, CSV or JSON lines; of bars, or of trades of exchanges as crypto_db.market_trade has them
                              coinbase, kraken, alpaca-stream (one or more, with commas)
                                          every trade as it happens; the first one makes the bars, while their minutes run
                              alpaca-history  the minutes that --missing names, from the history; then it ends
                              trade-history   the trades that --missing names, from the histories of exchanges; then it ends
                              (default: the spec's)
        --coins A/B,...       these coins only; for a recording without symbols: its pair (default: the spec's)
        --count N             ends after N events
        --duration SECONDS    ends after that time
        --rate N              N events per second. simulate: revisions of the running minute, evenly over all coins;
                              replay: that many bars per second
        --speed N             simulate: N times faster, from --from up to the present, then in real time;
                              replay: paced by the bars' own times, 1 = real time (default: as fast as acknowledged)
        --from TIME           simulate: where a faster simulation starts (default: 24 hours ago)
        --times UNIT          replay: how the recording writes times: iso, or s, ms, us, ns since 1970 (default: iso)
        --bad-lines WHAT      replay: stop: a refused line refuses the recording (default); skip: it is left out and named
        --mix                 also where a coin has prices of another kind in the topic: recorded beside simulated, for example
        --missing FILE        alpaca-history: JSON lines {"pair":"BTC/USD","from":"2025-07-08T05:43:00Z","to":"..."}, whole minutes, to exclusive
                              trade-history: lines with "source", too, and "kind": ask, bars (from, to) or known (first, last)
        --seed N              of the simulation (default: the spec's)
        --alpaca-url URL      (default: the spec's)
        --progress-file FILE  JSON, replaced at most once a second
        --help

      Alpaca needs no key; when there are any, they come from the secret or the environment variables that the spec names.
      stdout: JSON events; stderr: log. Exit codes: 0 done, 2 bad arguments, spec or recording, 1 anything else.
      """;

  private static final Options OPTIONS =
      Options.of("spec", "source", "coins", "count", "duration", "rate", "speed", "from", "times", "bad-lines", "missing", "seed", "alpaca-url", "progress-file")
          .andFlags("mix")
          .andHelp();

  private ProducerCrypto() {}

  public static void main(String[] args) {
    new Application("ProducerCrypto", HELP, OPTIONS, QuoteWork::prepare).main(args);
  }
}
