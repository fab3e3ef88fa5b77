package io.cryptodm.producer.crypto;

import io.cryptodm.contracts.BarReading;
import io.cryptodm.contracts.Coverage;
import io.cryptodm.contracts.Pair;
import io.cryptodm.producer.CoverageWriter;
import io.cryptodm.producer.Run;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Sends the bars that are refused as they came, so that they are kept as bad records, and says of which minute they were: a refused bar is no proof
 * that nobody traded.
 */
final class RefusedBars {
  /** Bars that are remembered, so that the same answer, which comes every few seconds, is sent once. */
  private static final int MOST = 10_000;

  private final Run run;
  private final CoverageWriter coverage;
  private final Map<String, String> sent =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
          return size() > MOST;
        }
      };

  RefusedBars(Run run, CoverageWriter coverage) {
    this.run = run;
    this.coverage = coverage;
  }

  /** The pair of a bar; null if it is none of those that were asked for. */
  static Pair pairOf(BarReading reading, Collection<Pair> asked) {
    Pair named = reading.pair();
    if (named != null) {
      return asked.contains(named) ? named : null;
    }
    // As older interfaces write them: BTCUSD.
    return asked.stream().filter(pair -> reading.symbol().equalsIgnoreCase(pair.base() + pair.quote())).findFirst().orElse(null);
  }

  /** @param pair null if it is not known */
  void send(Pair pair, BarReading reading, String source) {
    String key = pair == null ? reading.symbol() : pair.toString();
    if (!reading.json().equals(sent.put(key + " " + reading.minute(), reading.json()))) {
      run.sendRefused(key, reading, source);
    }
    if (pair != null && reading.minute() != null) {
      coverage.add(pair, Coverage.State.REFUSED, reading.minute(), reading.minute().plus(SettledMinutes.MINUTE), source);
    }
  }
}
