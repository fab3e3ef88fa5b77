package io.cryptodm.producer.crypto;

import io.cryptodm.contracts.Coverage;
import io.cryptodm.contracts.Pair;
import io.cryptodm.producer.Run;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Says which minutes were watched ({@link Coverage}). Runs of minutes grow in silence and are said together, so that the table that keeps them has
 * one commit a minute, not one for each pair.
 */
final class Watch {
  /** Less than a minute: the one that is due each minute must not miss its turn by a hair. */
  private static final Duration PERIOD = Duration.ofSeconds(50);

  private final Run run;
  private final Map<Pair, Map<Coverage.State, Growing>> all = new LinkedHashMap<>();
  private long saidAt;

  /** A run of minutes; {@code from} moves to the last midnight that was passed. */
  private static final class Growing {
    private Instant from;
    private Instant to;
    private Instant saidTo;
    private String source;
  }

  Watch(Run run) {
    this.run = run;
    this.saidAt = run.time().nanos();
  }

  /**
   * Notes minutes, from {@code from} (inclusive) to {@code to} (exclusive). What touches the running interval of this pair and state lets it grow; else the
   * interval is said and another one begins.
   */
  void add(Pair pair, Coverage.State state, Instant from, Instant to, String source) {
    if (!from.isBefore(to)) {
      return;
    }
    Map<Coverage.State, Growing> ofPair = all.computeIfAbsent(pair, p -> new LinkedHashMap<>(4));
    Growing growing = ofPair.computeIfAbsent(state, s -> new Growing());
    boolean grows = growing.from != null && growing.source.equals(source) && !from.isBefore(growing.from) && !from.isAfter(growing.to);
    if (!grows) {
      say(pair, state, growing);
      growing.from = from;
      growing.to = from;
      growing.saidTo = from;
      growing.source = source;
    }
    growing.to = to.isAfter(growing.to) ? to : growing.to;
  }

  /** Says all that has grown. False when the run was stopped. */
  boolean say() {
    saidAt = run.time().nanos();
    for (Map.Entry<Pair, Map<Coverage.State, Growing>> ofPair : all.entrySet()) {
      for (Map.Entry<Coverage.State, Growing> growing : ofPair.getValue().entrySet()) {
        if (!say(ofPair.getKey(), growing.getKey(), growing.getValue())) {
          return false;
        }
      }
    }
    return true;
  }

  /** As {@link #say()}, but at most once a minute. */
  boolean sayWhenDue() {
    return run.time().nanos() - saidAt < PERIOD.toNanos() || say();
  }

  private boolean say(Pair pair, Coverage.State state, Growing growing) {
    while (growing.from != null && growing.saidTo.isBefore(growing.to)) {
      Instant midnight = Coverage.nextMidnight(growing.from);
      Instant end = growing.to.isAfter(midnight) ? midnight : growing.to;
      if (growing.saidTo.isBefore(end) && !run.send(new Coverage(pair, growing.from, end, state), growing.source)) {
        return false;
      }
      growing.saidTo = end;
      if (end.equals(midnight)) {
        growing.from = midnight;
      }
    }
    return true;
  }
}
