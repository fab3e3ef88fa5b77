package io.cryptodm.producer;

import io.cryptodm.contracts.BarReading;
import io.cryptodm.contracts.Coverage;
import io.cryptodm.contracts.MarketRecord;
import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.MarketWriter;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.QuoteWriter;
import io.cryptodm.contracts.Sources;
import io.cryptodm.contracts.TradeEvent;
import io.cryptodm.contracts.TradeWriter;
import java.time.Duration;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** One run of a producer: its sender, and when it ends. */
public final class Run {
  private final ReliableSender sender;
  private final ReliableSender market;
  private final RunState state;
  private final Clock time;
  private final long count;
  private final long end;
  private final boolean timed;

  /**
   * Starts the clock of the run.
   *
   * @param count events after which it ends; empty for no limit
   * @param seconds after which it ends; empty for no limit
   */
  public Run(ReliableSender sender, RunState state, Clock time, OptionalLong count, OptionalDouble seconds) {
    this(sender, null, state, time, count, seconds);
  }

  /**
   * Starts the clock of a run that also follows exchanges.
   *
   * @param market sends to the topic of market trades; null for a run that has none
   * @param count events after which it ends; empty for no limit
   * @param seconds after which it ends; empty for no limit
   */
  public Run(ReliableSender sender, ReliableSender market, RunState state, Clock time, OptionalLong count, OptionalDouble seconds) {
    this.sender = sender;
    this.market = market;
    this.state = state;
    this.time = time;
    this.count = count.orElse(Long.MAX_VALUE);
    this.timed = seconds.isPresent();
    this.end = time.nanos() + (long) (seconds.orElse(0) * 1e9);
  }

  public Clock time() {
    return time;
  }

  public RunState state() {
    return state;
  }

  /** Whether there is more to do: neither stopped, nor the count or the time used up. */
  public boolean goesOn() {
    return !time.stopped() && state.sentSoFar() < count && (!timed || time.nanos() < end);
  }

  /** Waits, at most to the end of the run. False when it ends. */
  public boolean pause(Duration duration) {
    Duration left = timed ? Duration.ofNanos(Math.max(0, end - time.nanos())) : duration;
    time.pause(left.compareTo(duration) < 0 ? left : duration);
    return goesOn();
  }

  /** Sends a bar, keyed by its pair. False when the run ends. */
  public boolean send(QuoteBar bar, String source) {
    return send(bar, QuoteWriter.write(bar), source);
  }

  /** Sends a bar as {@link BarReading#record}, keyed by its pair. False when the run ends. */
  public boolean send(BarReading reading, String source) {
    return send(reading.bar(), reading.record(), source);
  }

  private boolean send(QuoteBar bar, byte[] value, String source) {
    String pair = bar.pair().toString();
    if (!goesOn() || !sender.send(pair, value, source)) {
      return false;
    }
    state.bar(pair, bar.start());
    return goesOn();
  }

  /** Sends a refused bar as it came. It is not counted as an event. False when the run was stopped. */
  public boolean sendRefused(String key, BarReading reading, String source) {
    return sender.sendUncounted(key, reading.record(), source);
  }

  /**
   * Sends which minutes of a pair were watched, keyed by the pair so that it follows its bars. It is not counted as an event, and is sent even at
   * the end of the run. False when the run was stopped.
   */
  public boolean send(Coverage coverage, String source) {
    return sender.sendUncounted(coverage.pair().toString(), QuoteWriter.write(coverage), source);
  }

  /** Sends a trade, keyed by its user. False when the run ends. */
  public boolean send(TradeEvent trade, String source) {
    return goesOn() && sender.send(trade.documentId(), TradeWriter.write(trade), source) && goesOn();
  }

  /** Says of all market trades, their holes and bars that are sent from now on that they come from a backfill, see {@link Sources#BACKFILL}. */
  public void markBackfill() {
    String begun = Long.toString(time.now().toEpochMilli());
    market.mark(Sources.BACKFILL, begun);
    sender.mark(Sources.BACKFILL, begun);
  }

  /** Sends a trade of an exchange, keyed by its pair. False when the run ends. */
  public boolean send(MarketTrade trade, String source) {
    return goesOn() && market.send(trade.pair().toString(), MarketWriter.write(trade), source) && goesOn();
  }

  /**
   * Sends what is reported about the trades of a pair, so that it follows them. It is not counted as an event, and is sent even at the end of the run.
   * False when the run was stopped.
   */
  public boolean report(MarketRecord record, String source) {
    return market.sendUncounted(record.pair().toString(), MarketWriter.write(record), source);
  }

  /** Sends what an exchange said and what is no trade as it came, so that it becomes a bad record. False when the run was stopped. */
  public boolean sendRefused(String source, byte[] message) {
    return market.sendUncounted(source, message, source);
  }
}
