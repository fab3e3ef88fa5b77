package io.cryptodm.producer.crypto;

import io.cryptodm.contracts.BarReading;
import io.cryptodm.contracts.Backoff;
import io.cryptodm.contracts.Coverage;
import io.cryptodm.contracts.HistoryPage;
import io.cryptodm.contracts.MinuteRanges;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.Sources;
import io.cryptodm.producer.CoverageWriter;
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

/** Requests missing minutes from Alpaca's history, sends the bars, and reports which minutes were answered. */
final class History {
  private static final Logger LOG = LoggerFactory.getLogger(History.class);

  /** Rows of a slice, one page of Alpaca's; a restart reads twice as many from the end of the topic. */
  static final int SLICE_ROWS = 10_000;

  /** Servers refuse URLs with more symbols. */
  private static final int MOST_PAIRS = 300;

  /** Gaps up to this length that settle together are requested together. */
  private static final Duration SHORT = Duration.ofMinutes(15);

  private final AlpacaClient client;
  private final Run run;
  private final CoverageWriter coverage;
  private final RefusedBars refused;
  private final Listener listener;
  private final Deque<GapFill> gapFills = new ArrayDeque<>();
  private final TreeMap<Instant, List<GapFill>> unsettled = new TreeMap<>();
  private final Backoff backoff = Backoff.fullJitter(Duration.ofSeconds(2), Duration.ofSeconds(45), new Random());
  private long notBefore;
  /** Whether the source itself said how long to wait. */
  private boolean bidden;

  /** Receives what happens. */
  interface Listener {
    /** A bar came that is refused, or taken with a correction. */
    void fault(String reason);

    /** A request was given up, because its answers have no end; its minutes stay missing. */
    void broken(String reason);

    /** A request failed; the next one comes after {@code wait}. */
    void trouble(String message, Duration wait);

    /** So many more minutes, of all pairs together, were answered. */
    default void answered(long minutes) {}

    /** The source refuses a pair. */
    default void refused(String reason) {}
  }

  History(AlpacaClient client, Run run, CoverageWriter coverage, RefusedBars refused, Listener listener) {
    this.client = client;
    this.run = run;
    this.coverage = coverage;
    this.refused = refused;
    this.listener = listener;
    this.notBefore = run.time().nanos();
  }

  /** Adds missed minutes: all are requested at once, and those that are not settled yet once more when they are. */
  void missed(Map<Pair, List<Gap>> holes) {
    List<Map.Entry<Pair, List<Gap>>> all = new ArrayList<>(holes.entrySet());
    for (int at = 0; at < all.size(); at += MOST_PAIRS) {
      GapFill gapFill = new GapFill(true);
      for (Map.Entry<Pair, List<Gap>> ofPair : all.subList(at, Math.min(all.size(), at + MOST_PAIRS))) {
        ofPair.getValue().forEach(gap -> gapFill.add(ofPair.getKey(), gap));
      }
      gapFills.add(gapFill);
    }
  }

  /** Adds minutes without a bar while the source was watched: requested when they are settled, for late bars. */
  void quiet(Pair pair, Gap gap) {
    later(pair, gap, false);
  }

  private void later(Pair pair, Gap gap, boolean claims) {
    Instant end = gap.to().plus(SettledMinutes.MINUTE);
    boolean isShort = Duration.between(gap.from(), end).compareTo(SHORT) <= 0;
    List<GapFill> due = unsettled.computeIfAbsent(SettledMinutes.settledAt(end), d -> new ArrayList<>());
    GapFill fitting = null;
    for (GapFill gapFill : due) {
      boolean fits = gapFill.claims() == claims && gapFill.missing().size() < MOST_PAIRS;
      Instant from = gapFill.missing().values().iterator().next().from();
      // A long gap is requested with other long ones only: other pairs would have to send all their bars of that time.
      if (fits && (isShort ? Duration.between(from, end).compareTo(SHORT) <= 0 : from.equals(gap.from()))) {
        fitting = gapFill;
      }
    }
    if (fitting == null) {
      fitting = new GapFill(claims);
      due.add(fitting);
    }
    fitting.add(pair, gap);
  }

  /** Whether nothing is left to request. */
  boolean isDone() {
    return gapFills.isEmpty() && unsettled.isEmpty();
  }

  /** How long no request may be sent, because the source said so or failed. */
  Duration pause() {
    return Duration.ofNanos(Math.max(0, notBefore - run.time().nanos()));
  }

  /** The source answers again: failed requests are repeated at once, unless it named a time. */
  void hasten() {
    if (backoff.failures() > 0 && !bidden) {
      notBefore = run.time().nanos();
    }
  }

  /** Reads pages until {@code until} (nanoseconds), or until no request may be sent. */
  void read(long until) {
    settle();
    while (!gapFills.isEmpty() && run.goesOn() && run.time().nanos() >= notBefore) {
      GapFill gapFill = gapFills.peek();
      GapFill.Slice slice = gapFill.slice(SLICE_ROWS);
      if (slice == null) {
        gapFills.remove();
        continue;
      }
      Instant asked = client.present();
      try {
        HistoryPage page = client.history(slice.pairs(), slice.from(), slice.to().minus(SettledMinutes.MINUTE), gapFill.pageToken());
        backoff.succeeded();
        run.state().resolved("history");
        if (!take(page, gapFill, slice)) {
          return;
        }
        switch (gapFill.turn(page.nextPageToken())) {
          case COMPLETE -> {
            answered(gapFill, slice, asked);
            gapFill.advance();
          }
          case CIRCLE -> {
            gapFills.remove();
            listener.broken(
                "history: the page token " + excerpt(page.nextPageToken()) + " came a second time, so the pages of " + slice.from() + " to " + slice.to()
                    + " have no end");
          }
          default -> { }
        }
      } catch (AlpacaException e) {
        giveUpOrWait(gapFill, slice, e);
      }
      if (run.time().nanos() >= until) {
        return;
      }
    }
  }

  private static String excerpt(String token) {
    return token.length() > 40 ? token.substring(0, 40) + "..." : token;
  }

  /** Sends the bars of a page that were asked for. False when the run ends. */
  private boolean take(HistoryPage page, GapFill gapFill, GapFill.Slice slice) {
    for (String fault : page.faults()) {
      gapFill.refuse(null, null);
      listener.fault(fault);
    }
    for (BarReading reading : page.bars()) {
      Pair pair = reading.isRefused() ? RefusedBars.pairOf(reading, slice.pairs()) : reading.bar().pair();
      boolean wanted = pair == null || reading.minute() == null || gapFill.isMissing(pair, reading.minute()) && within(slice, reading.minute());
      if (!wanted) {
        continue;
      }
      if (reading.fault() != null) {
        listener.fault(reading.reason());
      }
      if (reading.isRefused()) {
        gapFill.refuse(pair, reading.minute());
        refused.send(pair, reading, Sources.ALPACA_HISTORY);
      } else if (!run.send(reading, Sources.ALPACA_HISTORY)) {
        return false;
      }
    }
    return true;
  }

  private static boolean within(GapFill.Slice slice, Instant minute) {
    return !minute.isBefore(slice.from()) && minute.isBefore(slice.to());
  }

  private void settle() {
    Map<Instant, List<GapFill>> due = unsettled.headMap(run.time().now(), true);
    due.values().forEach(gapFills::addAll);
    due.clear();
  }

  private void answered(GapFill gapFill, GapFill.Slice slice, Instant asked) {
    LOG.info("requested {} to {} of {} pairs from the history", slice.from(), slice.to(), slice.pairs().size());
    if (!gapFill.claims()) {
      return;
    }
    Instant settled = SettledMinutes.settledTo(asked);
    long minutes = 0;
    for (Pair pair : slice.pairs()) {
      MinuteRanges part = gapFill.missing().get(pair).within(slice.from(), slice.to());
      Instant end = part.to().isAfter(settled) ? settled : part.to();
      for (MinuteRanges.Range range : gapFill.answered(pair, part.from(), end)) {
        coverage.add(pair, Coverage.State.HISTORY, range.start(), range.end(), Sources.ALPACA_HISTORY);
      }
      minutes += part.minutes();
      MinuteRanges open = part.within(settled, part.to());
      if (!open.isEmpty()) {
        later(pair, new Gap(open.from(), open.to().minus(SettledMinutes.MINUTE)), true);
      }
    }
    coverage.flush();
    listener.answered(minutes);
  }

  private void giveUpOrWait(GapFill gapFill, GapFill.Slice slice, AlpacaException e) {
    if (!e.isRefused()) {
      bidden = !e.retryAfter().isZero();
      Duration wait = backoff.next(e.retryAfter());
      notBefore = run.time().nanos() + wait.toNanos();
      listener.trouble("history: " + e.getMessage(), wait);
      return;
    }
    if (slice.pairs().size() == 1) {
      gapFills.remove();
      String text = "Alpaca refuses the history of " + slice.pairs() + " from " + slice.from() + " to " + slice.to() + ": " + e.getMessage();
      LOG.error(text);
      run.state().error(text, run.time().now());
      listener.refused(text);
      return;
    }
    // One refused pair must not keep the others from their history.
    gapFills.remove();
    Map<Pair, GapFill> single = new LinkedHashMap<>();
    gapFill.missing().forEach((pair, minutes) -> {
      MinuteRanges left = minutes.within(slice.from(), minutes.to());
      if (!left.isEmpty()) {
        GapFill own = single.computeIfAbsent(pair, p -> new GapFill(gapFill.claims()));
        Gap.of(left.list()).forEach(gap -> own.add(pair, gap));
      }
    });
    gapFills.addAll(single.values());
  }
}
