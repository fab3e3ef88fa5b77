package io.cryptodm.producer.crypto;

import io.cryptodm.contracts.HistoryPage;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.Sources;
import io.cryptodm.producer.Backoff;
import io.cryptodm.producer.Run;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Polls Alpaca's latest bars, sends what is new or revised, and asks the history for minutes that were missed. */
final class AlpacaSource {
  private static final Logger LOG = LoggerFactory.getLogger(AlpacaSource.class);
  private static final Duration HISTORY = Duration.ofDays(7);
  private static final Duration REFUSED_FOR = Duration.ofMinutes(10);
  private static final Duration SAY_AGAIN = Duration.ofMinutes(1);

  private final AlpacaClient client;
  private final Set<Pair> pairs;
  private final Duration period;
  private final Run run;
  private final SentBars sent = new SentBars();
  private final Map<Pair, Instant> refusedUntil = new HashMap<>();
  private final Deque<Refill> refills = new ArrayDeque<>();
  private final Set<String> faultsSaid = new HashSet<>();
  private final Backoff latestBackoff;
  private final Backoff historyBackoff;
  private long historyNotBefore;
  private Instant saidAt = Instant.EPOCH;

  /** A gap of some pairs, and how far it was read. */
  private static final class Refill {
    private final Set<Pair> pairs;
    private final Gap gap;
    private String pageToken;

    Refill(Set<Pair> pairs, Gap gap) {
      this.pairs = pairs;
      this.gap = gap;
    }
  }

  AlpacaSource(AlpacaClient client, List<Pair> pairs, Duration period, Run run) {
    this.client = client;
    this.pairs = new LinkedHashSet<>(pairs);
    this.period = period;
    this.run = run;
    this.latestBackoff = new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(1), new Random());
    this.historyBackoff = new Backoff(Duration.ofSeconds(2), Duration.ofMinutes(2), new Random());
    this.historyNotBefore = run.time().nanos();
  }

  /** Learns what earlier runs sent: the newest bars, and holes before them that a kill may have left. */
  void resume(TopicTail tail) {
    Map<Gap, Set<Pair>> gaps = new LinkedHashMap<>();
    for (Pair pair : pairs) {
      QuoteBar newest = tail.newest(TopicTail.Family.MARKET, pair);
      if (newest != null) {
        sent.add(newest);
        for (Gap gap : Gap.inside(tail.minutes(TopicTail.Family.MARKET, pair), earliest())) {
          gaps.computeIfAbsent(gap, g -> new LinkedHashSet<>()).add(pair);
        }
      }
    }
    queue(gaps);
  }

  private Instant earliest() {
    return run.time().now().minus(HISTORY).truncatedTo(ChronoUnit.MINUTES);
  }

  /** One request without any sending: is Alpaca there, and has it bars of these pairs? */
  List<QuoteBar> probe() throws AlpacaException {
    return latest(wanted());
  }

  /** Runs until the run ends. @param first bars already at hand, or null */
  void run(List<QuoteBar> first) {
    if (first != null) {
      take(first);
    }
    long due = run.time().nanos();
    if (first != null) {
      due += period.toNanos();
      refill(due);
    }
    while (run.goesOn()) {
      if (!run.pause(Duration.ofNanos(Math.max(0, due - run.time().nanos())))) {
        return;
      }
      Duration wait = poll();
      // From the moment it was due, so that the period does not drift; but never a burst after a long wait.
      due = wait == null ? Math.max(due + period.toNanos(), run.time().nanos()) : run.time().nanos() + wait.toNanos();
      refill(due);
    }
  }

  /** One poll; null when it went well, else how long to wait. */
  private Duration poll() {
    try {
      take(latest(wanted()));
      if (latestBackoff.failures() > 0) {
        LOG.info("Alpaca answers again after {} failures", latestBackoff.failures());
        saidAt = Instant.EPOCH;
      }
      latestBackoff.succeeded();
      run.tally().mended("source");
      return null;
    } catch (AlpacaException e) {
      Duration wait = latestBackoff.next(e.retryAfter());
      trouble("source", e.getMessage(), wait);
      return wait;
    }
  }

  private List<Pair> wanted() {
    Instant now = run.time().now();
    return pairs.stream().filter(pair -> !refusedUntil.getOrDefault(pair, Instant.MIN).isAfter(now)).toList();
  }

  /** Asks for all at once; a pair that Alpaca refuses is set aside, and the others go on. */
  private List<QuoteBar> latest(List<Pair> wanted) throws AlpacaException {
    try {
      return latestOfGroups(wanted);
    } finally {
      if (client.clockOffset() != null) {
        run.tally().clockOffset(client.clockOffset().toMillis() / 1000.0);
      }
    }
  }

  private List<QuoteBar> latestOfGroups(List<Pair> wanted) throws AlpacaException {
    List<QuoteBar> bars = new ArrayList<>();
    Deque<List<Pair>> groups = new ArrayDeque<>();
    if (!wanted.isEmpty()) {
      groups.add(wanted);
    }
    while (!groups.isEmpty()) {
      List<Pair> group = groups.pop();
      Set<String> faults = new LinkedHashSet<>();
      try {
        run.tally().polled();
        bars.addAll(client.latest(group, faults));
        group.forEach(pair -> run.tally().mended("coin " + pair));
        faults.forEach(this::sayFault);
      } catch (AlpacaException e) {
        if (!e.isRefused()) {
          throw e;
        }
        groups.addAll(withoutRefused(group, e.getMessage()));
      }
    }
    return bars;
  }

  private List<List<Pair>> withoutRefused(List<Pair> group, String message) {
    List<Pair> named = group.size() == 1 ? group : group.stream().filter(pair -> names(message, pair)).toList();
    if (!named.isEmpty() && (named.size() < group.size() || group.size() == 1)) {
      for (Pair pair : named) {
        refusedUntil.put(pair, run.time().now().plus(REFUSED_FOR));
        String text = "Alpaca refuses " + pair + " (" + message + "); the other coins go on, it is asked again in " + REFUSED_FOR.toMinutes() + " min";
        LOG.error(text);
        run.tally().trouble("coin " + pair, text, run.time().now());
      }
      List<Pair> rest = group.stream().filter(pair -> !named.contains(pair)).toList();
      return rest.isEmpty() ? List.of() : List.of(rest);
    }
    int half = group.size() / 2;
    return List.of(group.subList(0, half), group.subList(half, group.size()));
  }

  private static boolean names(String message, Pair pair) {
    return (" " + message + " ").matches(".*[^A-Z0-9/]" + pair.base() + "/?" + pair.quote() + "[^A-Z0-9/].*");
  }

  private void sayFault(String fault) {
    // Once each: the same reply comes every few seconds.
    if (faultsSaid.size() < 1000 && faultsSaid.add(fault)) {
      LOG.warn("Alpaca sent what is no bar: {}", fault);
      run.tally().error(fault, run.time().now());
    }
  }

  private void take(Collection<QuoteBar> bars) {
    Map<Gap, Set<Pair>> gaps = new LinkedHashMap<>();
    for (QuoteBar bar : bars) {
      if (!pairs.contains(bar.pair())) {
        continue;
      }
      if (sent.contains(bar)) {
        run.tally().repeatDropped();
        continue;
      }
      Instant newest = sent.newest(bar.pair());
      if (!run.send(bar, Sources.ALPACA) && run.time().stopped()) {
        return;
      }
      sent.add(bar);
      Gap gap = newest == null ? null : Gap.between(newest, bar.start(), earliest());
      if (gap != null) {
        gaps.computeIfAbsent(gap, g -> new LinkedHashSet<>()).add(bar.pair());
      }
    }
    queue(gaps);
  }

  private void queue(Map<Gap, Set<Pair>> gaps) {
    gaps.forEach((gap, ofPairs) -> refills.add(new Refill(ofPairs, gap)));
  }

  /** Reads pages of the history while the next poll is not due; a gap once answered is settled, bars or none. */
  private void refill(long until) {
    while (!refills.isEmpty() && run.goesOn() && run.time().nanos() >= historyNotBefore) {
      Refill refill = refills.peek();
      try {
        HistoryPage page = client.history(refill.pairs, refill.gap.from(), refill.gap.to(), refill.pageToken);
        historyBackoff.succeeded();
        run.tally().mended("history");
        page.faults().forEach(this::sayFault);
        for (QuoteBar bar : page.bars()) {
          if (refill.pairs.contains(bar.pair()) && refill.gap.contains(bar.start()) && !run.send(bar, Sources.ALPACA_HISTORY)) {
            return;
          }
        }
        boolean stuck = page.nextPageToken() != null && page.nextPageToken().equals(refill.pageToken);
        refill.pageToken = page.nextPageToken();
        if (refill.pageToken == null || stuck) {
          refills.remove();
          LOG.info("asked the history for {} to {} of {} pairs", refill.gap.from(), refill.gap.to(), refill.pairs.size());
        }
      } catch (AlpacaException e) {
        giveUpOrWait(refill, e);
      }
      if (run.time().nanos() >= until) {
        return;
      }
    }
  }

  private void giveUpOrWait(Refill refill, AlpacaException e) {
    if (!e.isRefused()) {
      Duration wait = historyBackoff.next(e.retryAfter());
      historyNotBefore = run.time().nanos() + wait.toNanos();
      trouble("history", "history: " + e.getMessage(), wait);
      return;
    }
    refills.remove();
    if (refill.pairs.size() == 1) {
      String text = "Alpaca refuses the history of " + refill.pairs + " from " + refill.gap.from() + " to " + refill.gap.to() + ": " + e.getMessage();
      LOG.error(text);
      run.tally().error(text, run.time().now());
    } else {
      // One refused pair must not cost the others their history.
      refill.pairs.forEach(pair -> refills.add(new Refill(Set.of(pair), refill.gap)));
    }
  }

  private void trouble(String about, String message, Duration wait) {
    Instant now = run.time().now();
    run.tally().trouble(about, message, now);
    if (saidAt.plus(SAY_AGAIN).isBefore(now)) {
      saidAt = now;
      LOG.warn("{}; next try in {} s", message, Math.round(wait.toMillis() / 100.0) / 10.0);
    } else {
      LOG.debug("{}; next try in {} ms", message, wait.toMillis());
    }
  }
}
