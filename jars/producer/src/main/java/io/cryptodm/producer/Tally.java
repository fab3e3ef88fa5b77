package io.cryptodm.producer;

import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/** What a run has done so far; written by the producing and the network thread, read by the {@link Reporter}. */
public final class Tally {
  private String source;
  private long sent;
  private long acknowledged;
  private long failed;
  private long repeatsDropped;
  private long polls;
  private String lastError;
  private Instant lastErrorAt;
  private final Map<String, Instant> lastBars = new TreeMap<>();
  private final Map<Integer, Long> offsets = new TreeMap<>();

  /** A copy at one moment; {@code offsets} are the last acknowledged ones by partition. */
  public record Snapshot(
      String source,
      long sent,
      long acknowledged,
      long failed,
      long repeatsDropped,
      long polls,
      String lastError,
      Instant lastErrorAt,
      Map<String, Instant> lastBars,
      Map<Integer, Long> offsets) {}

  public synchronized void source(String name) {
    source = name;
  }

  public synchronized void sent() {
    sent++;
  }

  /** @param events that the record holds: none for a remark about them */
  public synchronized void acknowledged(int partition, long offset, int events) {
    acknowledged += events;
    offsets.merge(partition, offset, Math::max);
  }

  public synchronized void failed(long records) {
    failed += records;
  }

  public synchronized void repeatDropped() {
    repeatsDropped++;
  }

  public synchronized void polled() {
    polls++;
  }

  /** Keeps the last trouble for those who look at the progress file. */
  public synchronized void error(String message, Instant at) {
    lastError = message;
    lastErrorAt = at;
  }

  /** The newest minute sent of a pair. */
  public synchronized void bar(String pair, Instant start) {
    lastBars.merge(pair, start, (a, b) -> a.isAfter(b) ? a : b);
  }

  public synchronized long sentSoFar() {
    return sent;
  }

  public synchronized Snapshot snapshot() {
    return new Snapshot(
        source, sent, acknowledged, failed, repeatsDropped, polls, lastError, lastErrorAt, new TreeMap<>(lastBars), new TreeMap<>(offsets));
  }
}
