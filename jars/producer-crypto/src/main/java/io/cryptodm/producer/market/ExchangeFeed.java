package io.cryptodm.producer.market;

import io.cryptodm.contracts.MarketRecord;
import io.cryptodm.contracts.Pair;
import io.cryptodm.producer.CoverageWriter;
import io.cryptodm.producer.Run;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Follows the trades of an exchange: {@link FeedStream} hears them, {@link FeedTrades} sends each once, {@link FeedHistory} asks for what is missing and
 * {@link FeedReports} reports it. All of it runs on one thread; connections and history hand over what they have.
 */
public final class ExchangeFeed implements AutoCloseable {
  private final Run run;
  private final FeedTrades trades;
  private final FeedStream stream;
  private final FeedCandles candles;
  private final FeedHistory history;
  private final FeedReports reports;

  /**
   * Begins with nothing known.
   *
   * @param barPairs pairs whose bars are made from its trades
   * @param mostMinutes minutes of a pair that are kept for corrections
   * @param post runs something on the thread of the run
   */
  ExchangeFeed(
      Exchange exchange, Endpoint endpoint, HttpClient http, Collection<Pair> all, Set<Pair> barPairs, int mostMinutes, Run run, CoverageWriter coverage,
      Consumer<FeedConnection.Event> events, Consumer<Runnable> post) {
    this.run = run;
    this.trades = new FeedTrades(exchange, all, barPairs, mostMinutes, run, coverage);
    this.stream = new FeedStream(URI.create(endpoint.stream()), http, trades, run, events);
    this.candles = new FeedCandles(trades, run);
    this.history = new FeedHistory(new HistoryClient(exchange, endpoint.url(), http, run.time()), trades, candles, run, post);
    this.reports = new FeedReports(trades, run);
  }

  /** Where an exchange stands: of its stream and of its history. */
  public record Endpoint(String stream, String url) {}

  String source() {
    return trades.exchange().source();
  }

  FeedStream stream() {
    return stream;
  }

  /** As {@link MarketSource#newestBars}. */
  void newestBars(Map<Pair, Instant> newest) {
    trades.bars().forEach((pair, its) -> its.newestBar(newest.get(pair)));
  }

  /** Fills the past of pairs that the lake knows nothing of. @param length of it */
  void fillPast(Set<Pair> fresh, Duration length) {
    candles.fillPast(fresh, length);
  }

  /** As {@link #fillPast}, where an earlier run has not ended it. */
  void continuePast(Map<Pair, MarketSource.Past> spans) {
    candles.continuePast(spans);
  }

  boolean follows(Pair pair) {
    return trades.feed(pair) != null;
  }

  /** Takes what an earlier run has left in the topic. */
  void restore(MarketRecord record, Instant producedAt, Instant from) {
    trades.restore(record, producedAt, from);
  }

  /** Ends the taking of what an earlier run has left. */
  void resume() {
    trades.bars().values().forEach(PairBars::resume);
  }

  /** Does what is due. False when the run ends. */
  boolean tick() {
    long now = run.time().nanos();
    stream.tick(now);
    history.ask(now);
    trades.sendBars(now);
    trades.noteSent(reports.tick(now));
    return trades.goesOn();
  }

  /** Writes down what the next run has to know. */
  void remember() {
    reports.remember();
  }

  @Override
  public void close() {
    history.close();
    stream.close();
  }
}
