package io.cryptodm.producer.crypto;

import io.cryptodm.contracts.BarReading;
import io.cryptodm.contracts.Backoff;
import io.cryptodm.contracts.Coverage;
import io.cryptodm.contracts.MinuteRanges;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.Sources;
import io.cryptodm.producer.CoverageWriter;
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

/**
 * Polls Alpaca's latest bars, sends new and revised ones, requests missed minutes from the history, and reports which minutes it has watched.
 *
 * <p>A pair's latest bar proves that nothing was traded between it and the newest settled minute. As long as polls succeed so often that no bar is missed between
 * two of them, this holds for all minutes since the first poll.
 */
final class AlpacaSource implements History.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(AlpacaSource.class);
  private static final Duration HISTORY = Duration.ofDays(7);
  private static final Duration REFUSED_FOR = Duration.ofMinutes(10);
  private static final Duration REPEAT_WARNING_AFTER = Duration.ofMinutes(1);

  /** A bar is the latest one for about a minute, so a longer pause between two replies can miss one. */
  private static final Duration SILENCE = Duration.ofSeconds(45);

  /** A coin whose newest bar is older than this has none that says what it costs. */
  private static final Duration OLD = Duration.ofDays(1);

  /** Servers refuse URLs with more symbols. */
  private static final int MOST_PAIRS = 500;

  private final AlpacaClient client;
  private final Set<Pair> pairs;
  private final Duration period;
  private final Duration first;
  private final Run run;
  private final SentBars sent = new SentBars();
  private final Map<Pair, Pulse> pulses = new HashMap<>();
  private final Map<Pair, Instant> refusedUntil = new HashMap<>();
  private final Set<String> faultsSaid = new HashSet<>();
  private final CoverageWriter coverage;
  private final RefusedBars refused;
  private final History history;
  private final Backoff backoff;
  private Instant probedAt;
  private Instant expected;
  private Instant warnedAt = Instant.EPOCH;

  /** How far a pair is watched; times of the wall clock, which goes on while the machine sleeps. */
  private static final class Pulse {
    /** Last answer; null before the first one. */
    private Instant answeredAt;
    /** End (exclusive) of the known minutes: watched by this run or by earlier ones. */
    private Instant knownTo;
    /** Start of the time without an answer; null while it answers. */
    private Instant downFrom;
  }

  /** @param first how far back a coin without any bar in the topic gets its history */
  AlpacaSource(AlpacaClient client, List<Pair> pairs, Duration period, Duration first, Run run) {
    this.first = first;
    this.client = client;
    this.pairs = new LinkedHashSet<>(pairs);
    this.period = period;
    this.run = run;
    this.coverage = new CoverageWriter(run);
    this.refused = new RefusedBars(run, coverage);
    this.history = new History(client, run, coverage, refused, this);
    this.backoff = Backoff.fullJitter(Duration.ofSeconds(1), Duration.ofMinutes(1), new Random());
    this.pairs.forEach(pair -> pulses.put(pair, new Pulse()));
  }

  /** Reads what earlier runs sent and watched, and requests the gaps that a killed run may have left. */
  void resume(TopicTail tail) {
    Map<Pair, List<Gap>> missed = new LinkedHashMap<>();
    for (Pair pair : pairs) {
      QuoteBar newest = tail.newest(TopicTail.Family.MARKET, pair);
      if (newest != null) {
        sent.add(newest);
      }
      MinuteRanges known = tail.known(TopicTail.Family.MARKET, pair);
      if (!known.isEmpty()) {
        pulses.get(pair).knownTo = known.to();
        Instant from = known.from().isBefore(earliest()) ? earliest() : known.from();
        List<Gap> holes = Gap.of(known.holes(from, known.to()));
        if (!holes.isEmpty()) {
          missed.put(pair, holes);
        }
      }
    }
    if (!missed.isEmpty()) {
      history.missed(missed);
    }
  }

  private Instant earliest() {
    return run.time().now().minus(HISTORY).truncatedTo(ChronoUnit.MINUTES);
  }

  /** One request that sends no bar: what Alpaca has of these pairs. */
  List<BarReading> probe() throws AlpacaException {
    probedAt = run.time().now();
    return latest(wanted());
  }

  /** Runs until the run ends. @param first the bars of the probe, or null */
  void run(List<BarReading> first) {
    try {
      follow(first);
    } finally {
      coverage.flush();
    }
  }

  private void follow(List<BarReading> first) {
    expected = run.time().now();
    long due = run.time().nanos();
    if (first != null) {
      // They may be old: the run may have waited for the topic.
      take(first, wanted(), probedAt);
      due += period.toNanos();
      history.read(due);
    }
    while (run.goesOn()) {
      if (!pauseUntil(due)) {
        return;
      }
      Duration wait = poll();
      coverage.flush();
      // Counted from when it was due, so that the period does not drift; after a long wait there is no burst.
      due = wait == null ? Math.max(due + period.toNanos(), run.time().nanos()) : run.time().nanos() + wait.toNanos();
      history.read(due);
    }
  }

  private boolean pauseUntil(long due) {
    Duration left = Duration.ofNanos(Math.max(0, due - run.time().nanos()));
    expected = run.time().now().plus(left);
    return run.pause(left);
  }

  /** One poll; null on success, otherwise how long to wait. */
  private Duration poll() {
    Instant now = run.time().now();
    // The monotonic clock stops while the machine sleeps, the wall clock does not.
    boolean slept = now.isAfter(expected.plus(SILENCE));
    try {
      List<Pair> asked = wanted();
      take(latest(asked), asked, now);
      pairs.stream().filter(pair -> isRefused(pair, now)).forEach(pair -> down(pair, now, slept));
      if (backoff.failures() > 0) {
        LOG.info("Alpaca answers again after {} failures", backoff.failures());
        warnedAt = Instant.EPOCH;
        history.hasten();
      }
      backoff.succeeded();
      run.state().resolved("source");
      return null;
    } catch (AlpacaException e) {
      pairs.forEach(pair -> down(pair, now, slept));
      Duration wait = backoff.next(e.retryAfter());
      trouble("source", e.getMessage(), wait);
      return wait;
    }
  }

  /** Notes that the source gave no answer for a pair. The time in which the machine slept is not counted as an outage. */
  private void down(Pair pair, Instant now, boolean slept) {
    Pulse pulse = pulses.get(pair);
    if (pulse.answeredAt != null && !now.isAfter(pulse.answeredAt.plus(SILENCE))) {
      return;
    }
    if (slept || pulse.downFrom == null) {
      boolean watched = !slept && pulse.answeredAt != null;
      pulse.downFrom = watched ? SettledMinutes.settledTo(pulse.answeredAt) : now.truncatedTo(ChronoUnit.MINUTES);
    }
    coverage.add(pair, Coverage.State.SOURCE_DOWN, pulse.downFrom, now.truncatedTo(ChronoUnit.MINUTES), Sources.ALPACA);
  }

  private boolean isRefused(Pair pair, Instant now) {
    return refusedUntil.getOrDefault(pair, Instant.MIN).isAfter(now);
  }

  private List<Pair> wanted() {
    Instant now = run.time().now();
    return pairs.stream().filter(pair -> !isRefused(pair, now)).toList();
  }

  /** Requests all pairs at once, or hundreds at a time; a pair that Alpaca refuses is left out, the others continue. */
  private List<BarReading> latest(List<Pair> wanted) throws AlpacaException {
    try {
      return latestOfGroups(wanted);
    } finally {
      if (client.clockOffset() != null) {
        run.state().clockOffset(client.clockOffset().toMillis() / 1000.0);
      }
    }
  }

  private List<BarReading> latestOfGroups(List<Pair> wanted) throws AlpacaException {
    List<BarReading> bars = new ArrayList<>();
    Deque<List<Pair>> groups = new ArrayDeque<>();
    for (int at = 0; at < wanted.size(); at += MOST_PAIRS) {
      groups.add(wanted.subList(at, Math.min(wanted.size(), at + MOST_PAIRS)));
    }
    while (!groups.isEmpty()) {
      List<Pair> group = groups.pop();
      try {
        run.state().polled();
        bars.addAll(client.latest(group));
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
        run.state().trouble("coin " + pair, text, run.time().now());
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

  @Override
  public void fault(String fault) {
    // Logged once each: the same reply comes every few seconds.
    if (faultsSaid.size() < 1000 && faultsSaid.add(fault)) {
      LOG.warn("{}", fault);
      run.state().error(fault, run.time().now());
    }
  }

  @Override
  public void broken(String reason) {
    LOG.error("{}; these minutes stay missing until a backfill asks for them", reason);
    run.state().trouble("history", reason, run.time().now());
  }

  /** Names each coin of which the source has no bar that can be taken, and since when. */
  private void nameMissing(Map<Pair, BarReading> found, Collection<Pair> wanted, Instant asked) {
    for (Pair pair : wanted) {
      if (isRefused(pair, asked)) {
        continue;
      }
      String what = lack(pair, found.get(pair), asked);
      if (what == null) {
        run.state().resolved("coin " + pair);
      } else {
        fault(what);
        run.state().trouble("coin " + pair, what, asked);
      }
    }
  }

  /** Null for nothing. */
  private String lack(Pair pair, BarReading reading, Instant asked) {
    if (reading == null) {
      return "Alpaca has no bar of " + pair + ": check its name; it may no longer be traded there";
    }
    if (reading.isRefused()) {
      return "Alpaca's bar of " + pair + " is refused: " + reading.fault();
    }
    if (reading.fault() != null) {
      return "Alpaca's bar of " + pair + " has a fault: " + reading.fault();
    }
    boolean isOld = reading.minute().isBefore(client.time(asked).minus(OLD));
    return isOld ? "Alpaca's last bar of " + pair + " is of " + reading.minute() : null;
  }

  /**
   * @param wanted pairs that were asked for
   * @param asked when
   */
  private void take(Collection<BarReading> readings, Collection<Pair> wanted, Instant asked) {
    Map<Pair, BarReading> found = new HashMap<>();
    for (BarReading reading : readings) {
      Pair pair = RefusedBars.pairOf(reading, wanted);
      if (pair != null) {
        found.put(pair, reading);
      }
      if (reading.isRefused()) {
        refused.send(pair, reading, Sources.ALPACA);
      }
    }
    nameMissing(found, wanted, asked);
    take(found.values().stream().filter(reading -> !reading.isRefused()).toList(), asked);
  }

  private void take(List<BarReading> usable, Instant asked) {
    Map<Pair, List<Gap>> missed = new LinkedHashMap<>();
    for (BarReading reading : usable) {
      QuoteBar bar = reading.bar();
      if (reading.fault() != null) {
        fault(reading.reason());
      }
      Instant newest = sent.newest(bar.pair());
      if (sent.contains(bar)) {
        run.state().repeatDropped();
      } else if (!run.send(reading, Sources.ALPACA) && run.time().stopped()) {
        return;
      } else {
        sent.add(bar);
      }
      Pulse pulse = pulses.get(bar.pair());
      boolean silent = pulse.answeredAt == null || asked.isAfter(pulse.answeredAt.plus(SILENCE));
      boolean isNew = newest == null && pulse.knownTo == null && pulse.answeredAt == null;
      Gap hole = isNew ? before(bar, asked) : hole(newest, silent ? pulse.knownTo : null, bar);
      if (hole != null && silent) {
        missed.put(bar.pair(), List.of(hole));
      } else if (hole != null) {
        history.quiet(bar.pair(), hole);
      }
      watched(bar, pulse, hole != null && silent, asked);
      pulse.answeredAt = asked;
      pulse.downFrom = null;
    }
    if (!missed.isEmpty()) {
      history.missed(missed);
    }
  }

  /** The history of a new coin up to its first bar; null for none. */
  private Gap before(QuoteBar bar, Instant asked) {
    Instant from = client.time(asked).minus(first).truncatedTo(ChronoUnit.MINUTES);
    Gap gap = Gap.between(from.minus(SettledMinutes.MINUTE), bar.start(), from);
    if (gap != null) {
      run.state().history(Duration.between(gap.from(), gap.end()).toMinutes(), 0);
    }
    return gap;
  }

  @Override
  public void answered(long minutes) {
    run.state().history(0, minutes);
  }

  /** The minutes between the newest bar, or the end of the known minutes, and a newer bar; null for none. */
  private Gap hole(Instant newest, Instant knownTo, QuoteBar bar) {
    Instant last = knownTo == null ? null : knownTo.minus(SettledMinutes.MINUTE);
    if (newest != null && (last == null || newest.isAfter(last))) {
      last = newest;
    }
    return last == null ? null : Gap.between(last, bar.start(), earliest());
  }

  private void watched(QuoteBar bar, Pulse pulse, boolean missed, Instant asked) {
    Instant from = pulse.answeredAt == null || missed ? bar.start() : pulse.knownTo;
    Instant to = SettledMinutes.settledTo(client.time(asked));
    if (from.isBefore(earliest())) {
      from = earliest();
    }
    if (from.isBefore(to)) {
      coverage.add(bar.pair(), Coverage.State.OBSERVED, from, to, Sources.ALPACA);
      pulse.knownTo = to;
    } else if (pulse.answeredAt == null || missed) {
      pulse.knownTo = from;
    }
  }

  @Override
  public void trouble(String message, Duration wait) {
    trouble("history", message, wait);
  }

  private void trouble(String about, String message, Duration wait) {
    Instant now = run.time().now();
    run.state().trouble(about, message, now);
    if (warnedAt.plus(REPEAT_WARNING_AFTER).isBefore(now)) {
      warnedAt = now;
      LOG.warn("{}; next try in {} s", message, Math.round(wait.toMillis() / 100.0) / 10.0);
    } else {
      LOG.debug("{}; next try in {} ms", message, wait.toMillis());
    }
  }
}
