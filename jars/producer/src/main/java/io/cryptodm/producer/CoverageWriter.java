package io.cryptodm.producer;

import io.cryptodm.contracts.Coverage;
import io.cryptodm.contracts.Pair;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Sends which minutes were watched ({@link Coverage}). Intervals are collected and sent together, so that their table has one commit a minute, not
 * one for each pair.
 */
public final class CoverageWriter {
  /** Less than a minute, so that a check once a minute always finds it due. */
  private static final Duration PERIOD = Duration.ofSeconds(50);

  /** At first more often: a run that died too early to send what it had noted may have been the last that could note it. */
  private static final Duration FIRST_PERIOD = Duration.ofSeconds(5);

  private final Run run;
  private final Map<Pair, Map<Coverage.State, Growing>> all = new LinkedHashMap<>();
  private final long startedAt;
  private long flushedAt;

  /** An interval of minutes; {@code from} moves to the last midnight that was passed. */
  private static final class Growing {
    private Instant from;
    private Instant to;
    private Instant sentTo;
    private String source;
  }

  public CoverageWriter(Run run) {
    this.run = run;
    this.startedAt = run.time().nanos();
    this.flushedAt = startedAt;
  }

  /**
   * Notes minutes, from {@code from} (inclusive) to {@code to} (exclusive). Minutes that touch the current interval of this pair and state extend it; otherwise that
   * interval is sent and another one begins.
   */
  public void add(Pair pair, Coverage.State state, Instant from, Instant to, String source) {
    if (!from.isBefore(to)) {
      return;
    }
    Map<Coverage.State, Growing> ofPair = all.computeIfAbsent(pair, p -> new LinkedHashMap<>(4));
    Growing growing = ofPair.computeIfAbsent(state, s -> new Growing());
    boolean grows = growing.from != null && growing.source.equals(source) && !from.isBefore(growing.from) && !from.isAfter(growing.to);
    if (!grows) {
      flush(pair, state, growing);
      growing.from = from;
      growing.to = from;
      growing.sentTo = from;
      growing.source = source;
    }
    growing.to = to.isAfter(growing.to) ? to : growing.to;
  }

  /** Sends all intervals that have grown. False when the run was stopped. */
  public boolean flush() {
    flushedAt = run.time().nanos();
    for (Map.Entry<Pair, Map<Coverage.State, Growing>> ofPair : all.entrySet()) {
      for (Map.Entry<Coverage.State, Growing> growing : ofPair.getValue().entrySet()) {
        if (!flush(ofPair.getKey(), growing.getKey(), growing.getValue())) {
          return false;
        }
      }
    }
    return true;
  }

  /** As {@link #flush()}, but at most once a minute after the first one. */
  public boolean flushWhenDue() {
    long now = run.time().nanos();
    Duration period = now - startedAt < PERIOD.toNanos() ? FIRST_PERIOD : PERIOD;
    return now - flushedAt < period.toNanos() || flush();
  }

  private boolean flush(Pair pair, Coverage.State state, Growing growing) {
    while (growing.from != null && growing.sentTo.isBefore(growing.to)) {
      Instant midnight = Coverage.nextMidnight(growing.from);
      Instant end = growing.to.isAfter(midnight) ? midnight : growing.to;
      if (growing.sentTo.isBefore(end) && !run.send(new Coverage(pair, growing.from, end, state), growing.source)) {
        return false;
      }
      growing.sentTo = end;
      if (end.equals(midnight)) {
        growing.from = midnight;
      }
    }
    return true;
  }
}
