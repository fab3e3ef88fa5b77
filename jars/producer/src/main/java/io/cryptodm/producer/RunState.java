package io.cryptodm.producer;

import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/** Counters and problems of a run; written by the producing and the network thread, read by the {@link Reporter}. */
public final class RunState {
  private String source;
  private long sent;
  private long acknowledged;
  private long failed;
  private long repeatsDropped;
  private long polls;
  private String lastError;
  private Instant lastErrorAt;
  private Double clockOffset;
  private long historyAnswered;
  private long historyMinutes;
  private final Map<String, Trouble> troubles = new TreeMap<>();
  private final Map<String, Instant> lastBars = new TreeMap<>();
  private final Map<Integer, Long> offsets = new TreeMap<>();

  /** A problem that exists now, since when, and its last message. */
  public record Trouble(Instant since, String message) {}

  /**
   * A copy at one moment.
   *
   * @param clockOffset seconds that the source's clock is ahead of ours, or null when the source reports no time
   * @param historyAnswered minutes of the history of new coins that have come, of {@code historyMinutes}
   * @param troubles problems by subject, such as {@code source}
   * @param offsets the last acknowledged ones by partition
   */
  public record Snapshot(
      String source,
      long sent,
      long acknowledged,
      long failed,
      long repeatsDropped,
      long polls,
      String lastError,
      Instant lastErrorAt,
      Double clockOffset,
      long historyAnswered,
      long historyMinutes,
      Map<String, Trouble> troubles,
      Map<String, Instant> lastBars,
      Map<Integer, Long> offsets) {}

  public synchronized void source(String name) {
    source = name;
  }

  public synchronized void sent() {
    sent++;
  }

  /** @param events that the record holds: 0 for a record about coverage */
  public synchronized void acknowledged(int partition, long offset, int events) {
    acknowledged += events;
    offsets.merge(partition, offset, Math::max);
  }

  /** As {@link #acknowledged(int, long, int)}, of a topic beside the one whose offsets are reported. */
  public synchronized void acknowledged(int events) {
    acknowledged += events;
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

  /** Keeps the last error for the progress file. */
  public synchronized void error(String message, Instant at) {
    lastError = message;
    lastErrorAt = at;
  }

  /**
   * A problem exists from now on, until it is {@link #resolved}; the last message is kept.
   *
   * @param about {@code kafka}, {@code room}, {@code source}, {@code history}, {@code coin BTC/USD}; of an exchange also {@code source coinbase}, {@code history coinbase},
   *     {@code trades coinbase BTC/USD} or {@code candles BTC/USD}
   */
  public synchronized void trouble(String about, String message, Instant at) {
    Trouble known = troubles.get(about);
    troubles.put(about, new Trouble(known == null ? at : known.since(), message));
    error(message, at);
  }

  public synchronized void resolved(String about) {
    troubles.remove(about);
  }

  /** So many more minutes of history are wanted for new coins, and so many more have come. */
  public synchronized void history(long wanted, long answered) {
    historyMinutes += wanted;
    historyAnswered = Math.min(historyMinutes, historyAnswered + answered);
  }

  /** How far the source's clock is ahead of ours, in seconds. */
  public synchronized void clockOffset(double seconds) {
    clockOffset = seconds;
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
        source, sent, acknowledged, failed, repeatsDropped, polls, lastError, lastErrorAt, clockOffset, historyAnswered, historyMinutes,
        new TreeMap<>(troubles), new TreeMap<>(lastBars), new TreeMap<>(offsets));
  }
}
