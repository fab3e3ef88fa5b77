package io.cryptodm.producer.crypto;

import io.cryptodm.contracts.Backoff;
import io.cryptodm.contracts.Coverage;
import io.cryptodm.contracts.HistoryPage;
import io.cryptodm.contracts.MinuteRanges;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.Sources;
import io.cryptodm.producer.Run;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks Alpaca's history for missing minutes, sends what it has, and says which minutes it has answered for. */
final class History {
  private static final Logger LOG = LoggerFactory.getLogger(History.class);

  /** Rows of a slice, a page of Alpaca's; the end of the topic that a restart reads holds twice as many. */
  static final int SLICE_ROWS = 10_000;

  /** More symbols would make an address that servers refuse. */
  private static final int MOST_PAIRS = 300;

  /** Holes up to this length that settle together are asked for together. */
  private static final Duration SHORT = Duration.ofMinutes(15);

  private final AlpacaClient client;
  private final Run run;
  private final Watch watch;
  private final Listener listener;
  private final Deque<Refill> refills = new ArrayDeque<>();
  private final TreeMap<Instant, List<Refill>> unsettled = new TreeMap<>();
  private final Backoff backoff = Backoff.fullJitter(Duration.ofSeconds(2), Duration.ofSeconds(45), new Random());
  private long notBefore;
  /** Whether the source itself said how long to wait. */
  private boolean bidden;

  /** Who is told how it goes. */
  interface Listener {
    /** Something came that is no bar. */
    void fault(String reason);

    /** A request failed; the next one comes after {@code wait}. */
    void trouble(String message, Duration wait);

    /** So many more minutes, of all pairs together, were answered for. */
    default void answered(long minutes) {}

    /** The source will not answer for a pair. */
    default void refused(String reason) {}
  }

  History(AlpacaClient client, Run run, Watch watch, Listener listener) {
    this.client = client;
    this.run = run;
    this.watch = watch;
    this.listener = listener;
    this.notBefore = run.time().nanos();
  }

  /** Minutes that were missed: all of them are asked for at once, those that are not settled yet once more when they are. */
  void missed(Map<Pair, List<Gap>> holes) {
    List<Map.Entry<Pair, List<Gap>>> all = new ArrayList<>(holes.entrySet());
    for (int at = 0; at < all.size(); at += MOST_PAIRS) {
      Refill refill = new Refill(true);
      for (Map.Entry<Pair, List<Gap>> ofPair : all.subList(at, Math.min(all.size(), at + MOST_PAIRS))) {
        ofPair.getValue().forEach(gap -> refill.add(ofPair.getKey(), gap));
      }
      refills.add(refill);
    }
  }

  /** Minutes in which nothing was seen while the source was watched: looked at again when they are settled, for bars that came late. */
  void quiet(Pair pair, Gap gap) {
    later(pair, gap, false);
  }

  private void later(Pair pair, Gap gap, boolean claims) {
    Instant end = gap.to().plus(Settling.MINUTE);
    boolean isShort = Duration.between(gap.from(), end).compareTo(SHORT) <= 0;
    List<Refill> due = unsettled.computeIfAbsent(Settling.settledAt(end), d -> new ArrayList<>());
    Refill fitting = null;
    for (Refill refill : due) {
      boolean fits = refill.claims() == claims && refill.missing().size() < MOST_PAIRS;
      Instant from = refill.missing().values().iterator().next().from();
      // A long hole goes with its like only: the others would have to bring all their bars of that time along.
      if (fits && (isShort ? Duration.between(from, end).compareTo(SHORT) <= 0 : from.equals(gap.from()))) {
        fitting = refill;
      }
    }
    if (fitting == null) {
      fitting = new Refill(claims);
      due.add(fitting);
    }
    fitting.add(pair, gap);
  }

  /** Whether nothing is left to ask for. */
  boolean isDone() {
    return refills.isEmpty() && unsettled.isEmpty();
  }

  /** How long nothing can be asked, because the source said so or failed. */
  Duration pause() {
    return Duration.ofNanos(Math.max(0, notBefore - run.time().nanos()));
  }

  /** The source answers again: what failed is asked without further delay, unless it named a time. */
  void hasten() {
    if (backoff.failures() > 0 && !bidden) {
      notBefore = run.time().nanos();
    }
  }

  /** Reads pages until {@code until} (nanoseconds), or until nothing can be asked now. */
  void read(long until) {
    settle();
    while (!refills.isEmpty() && run.goesOn() && run.time().nanos() >= notBefore) {
      Refill refill = refills.peek();
      Refill.Slice slice = refill.slice(SLICE_ROWS);
      if (slice == null) {
        refills.remove();
        continue;
      }
      Instant asked = client.present();
      try {
        HistoryPage page = client.history(slice.pairs(), slice.from(), slice.to().minus(Settling.MINUTE), refill.pageToken());
        backoff.succeeded();
        run.tally().mended("history");
        page.faults().forEach(listener::fault);
        for (QuoteBar bar : page.bars()) {
          if (refill.isMissing(bar.pair(), bar.start()) && within(slice, bar) && !run.send(bar, Sources.ALPACA_HISTORY)) {
            return;
          }
        }
        if (refill.turn(page.nextPageToken())) {
          answered(refill, slice, asked);
        }
      } catch (AlpacaException e) {
        giveUpOrWait(refill, slice, e);
      }
      if (run.time().nanos() >= until) {
        return;
      }
    }
  }

  private static boolean within(Refill.Slice slice, QuoteBar bar) {
    return !bar.start().isBefore(slice.from()) && bar.start().isBefore(slice.to());
  }

  private void settle() {
    Map<Instant, List<Refill>> due = unsettled.headMap(run.time().now(), true);
    due.values().forEach(refills::addAll);
    due.clear();
  }

  private void answered(Refill refill, Refill.Slice slice, Instant asked) {
    LOG.info("asked the history for {} to {} of {} pairs", slice.from(), slice.to(), slice.pairs().size());
    if (!refill.claims()) {
      return;
    }
    Instant settled = Settling.settledTo(asked);
    long minutes = 0;
    for (Pair pair : slice.pairs()) {
      MinuteRanges part = refill.missing().get(pair).within(slice.from(), slice.to());
      Instant end = part.to().isAfter(settled) ? settled : part.to();
      watch.add(pair, Coverage.State.HISTORY, part.from(), end, Sources.ALPACA_HISTORY);
      minutes += part.minutes();
      MinuteRanges open = part.within(settled, part.to());
      if (!open.isEmpty()) {
        later(pair, new Gap(open.from(), open.to().minus(Settling.MINUTE)), true);
      }
    }
    watch.say();
    listener.answered(minutes);
  }

  private void giveUpOrWait(Refill refill, Refill.Slice slice, AlpacaException e) {
    if (!e.isRefused()) {
      bidden = !e.retryAfter().isZero();
      Duration wait = backoff.next(e.retryAfter());
      notBefore = run.time().nanos() + wait.toNanos();
      listener.trouble("history: " + e.getMessage(), wait);
      return;
    }
    if (slice.pairs().size() == 1) {
      refills.remove();
      String text = "Alpaca refuses the history of " + slice.pairs() + " from " + slice.from() + " to " + slice.to() + ": " + e.getMessage();
      LOG.error(text);
      run.tally().error(text, run.time().now());
      listener.refused(text);
      return;
    }
    // One refused pair must not cost the others their history.
    refills.remove();
    Map<Pair, Refill> single = new LinkedHashMap<>();
    refill.missing().forEach((pair, minutes) -> {
      MinuteRanges left = minutes.within(slice.from(), minutes.to());
      if (!left.isEmpty()) {
        Refill own = single.computeIfAbsent(pair, p -> new Refill(refill.claims()));
        Gap.of(left.list()).forEach(gap -> own.add(pair, gap));
      }
    });
    refills.addAll(single.values());
  }
}
