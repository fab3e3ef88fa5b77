package io.cryptodm.tables.storage;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.Table;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.ValidationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The races that one commit has lost. A race is lost only if somebody has won it: the table is no longer what it was before the attempt. */
final class CommitRaces {
  private static final Logger LOG = LoggerFactory.getLogger(CommitRaces.class);

  /** A writer that has lost so many takes a turn. Most races are with a single commit, and two attempts are enough. */
  private static final int UNTIL_TURN = 3;

  private final Table table;
  private final CommitWatch watch = CommitWatch.current();
  private String before;
  private int lost;
  private long sinceNanos;
  private Instant since;
  private boolean named;

  CommitRaces(Table table) {
    this.table = table;
    this.before = state();
  }

  boolean wantsTurn() {
    return lost >= UNTIL_TURN;
  }

  /** Notes a failed attempt. @return false if it was no lost race */
  boolean isLost(RuntimeException failure) {
    boolean refused = CommitRetry.hasCause(failure, ValidationException.class) || CommitRetry.hasCause(failure, CommitFailedException.class);
    if (!refused || !hasMoved()) {
      return false;
    }
    if (lost++ == 0) {
      since = Instant.now().truncatedTo(ChronoUnit.SECONDS);
      sinceNanos = System.nanoTime();
    }
    // Under a load that never ends there would be a line for each attempt.
    if (Integer.bitCount(lost) == 1) {
      LOG.warn("{}; the last: {}", description(), CommitRetry.reason(failure));
    }
    if (watch.isNamed(waited())) {
      named = true;
      watch.listener().waits(description());
    }
    return true;
  }

  void over() {
    if (lost >= UNTIL_TURN) {
      LOG.warn("The commit to {} was made after {} lost races, in {} s", table.name(), lost, waited().toSeconds());
    }
    if (named) {
      watch.listener().goesOn();
    }
  }

  void pause(Duration pause) {
    watch.pause(pause);
  }

  private Duration waited() {
    return Duration.ofNanos(System.nanoTime() - sinceNanos);
  }

  private String description() {
    return "Others commit to " + table.name() + " all the time: a commit has lost " + lost + (lost == 1 ? " race" : " races") + " since " + since;
  }

  private boolean hasMoved() {
    String earlier = before;
    try {
      table.refresh();
    } catch (RuntimeException e) {
      // A catalog that does not answer is no race.
      return false;
    }
    before = state();
    return before == null || !before.equals(earlier);
  }

  private String state() {
    return table instanceof HasTableOperations its ? its.operations().current().metadataFileLocation() : null;
  }
}
