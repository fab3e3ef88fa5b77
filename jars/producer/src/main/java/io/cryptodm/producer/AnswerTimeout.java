package io.cryptodm.producer;

import java.time.Duration;

/** How long a run in the foreground asks a history that does not answer; a producer would wait. For one thread. */
public final class AnswerTimeout {
  /** Most failures in a row before the first answer: then the source is unreachable, not busy. */
  private static final int MOST_FAILURES = 4;

  /** Longest time without an answer, in addition to what the source asked to wait. */
  private static final Duration TIMEOUT = Duration.ofMinutes(10);

  private final Clock time;
  private int failures;
  private boolean everAnswered;
  private long answeredAt;

  public AnswerTimeout(Clock time) {
    this.time = time;
    begin();
  }

  /** A question begins: what was before does not count. */
  public void begin() {
    failures = 0;
    answeredAt = time.nanos();
  }

  public void answered() {
    everAnswered = true;
    begin();
  }

  public void failed() {
    failures++;
  }

  /** A wait that the source asked for does not count. */
  public void extend(Duration wait) {
    answeredAt += wait.toNanos();
  }

  /** Whether it is time to give up. */
  public boolean isOver() {
    return everAnswered ? time.nanos() - answeredAt > TIMEOUT.toNanos() : failures >= MOST_FAILURES;
  }
}
