package io.cryptodm.producer.market;

import io.cryptodm.contracts.Backoff;
import io.cryptodm.contracts.MarketRecord;
import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.Sources;
import io.cryptodm.producer.CoverageWriter;
import io.cryptodm.producer.Run;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the trades of an exchange: connects, subscribes, connects again when the stream breaks or says nothing, sends each trade once, and has the history
 * asked for what is missing. All of it runs on one thread; connections and history hand over what they have.
 */
public final class ExchangeFeed implements HistoryFill.Taker, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ExchangeFeed.class);

  /** A pair that the exchange refuses is asked for again. */
  private static final Duration REFUSED_AGAIN = Duration.ofMinutes(5);

  /** How long a pair has been idle for when a heartbeat without a time and later trades of other pairs say that it had none. */
  private static final Duration IDLE_LAG = Duration.ofSeconds(2);

  /** Trades that are missing for longer are named. */
  private static final Duration MISSING = Duration.ofSeconds(30);

  /** Messages of a connection that are kept as bad records: more of them would say nothing new. */
  private static final int MOST_MALFORMED = 100;

  /** A pair whose trades only the history has, while the exchange says that there are some, needs a new connection. */
  private static final Duration MUTE_PAIR = Duration.ofSeconds(10);

  private final Exchange exchange;
  private final URI address;
  private final HttpClient http;
  private final Run run;
  private final Consumer<FeedConnection.Event> events;
  private final HistoryFill history;
  private final Map<Pair, PairFeed> pairs = new LinkedHashMap<>();
  private final Map<Pair, PairBars> bars = new LinkedHashMap<>();
  private final Map<Pair, CandleHistory> pasts = new LinkedHashMap<>();
  private final Backoff backoff = Backoff.equalJitter(Duration.ofMillis(250), Duration.ofSeconds(30), new Random());
  private final String about;

  /** why trades of a pair may be missing before the first one of this connection; pairs that were heard of are gone */
  private final Map<Pair, String> breaks = new LinkedHashMap<>();
  /** since when the exchange names trades of a pair that it does not send */
  private final Map<Pair, Long> muteSince = new LinkedHashMap<>();

  private CandleCheck.Span asked;
  private FeedConnection connection;
  private boolean isOpen;
  private boolean isWell;
  private String breakReason = PairFeed.STOPPED;
  private long connectAt;
  private long heardAt;
  private int malformed;
  private long repeatedAt;
  private long refusedAgainAt;
  private Instant newestTime = Instant.EPOCH;
  private long newestHeardAt;
  private boolean goesOn = true;

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
    this.exchange = exchange;
    this.address = URI.create(endpoint.stream());
    this.http = http;
    this.run = run;
    this.events = events;
    this.about = "source " + exchange.source();
    this.history = new HistoryFill(new HistoryClient(exchange, endpoint.url(), http, run.time()), post, run);
    for (Pair pair : all) {
      PairFeed feed = new PairFeed(pair, exchange.countsIds());
      pairs.put(pair, feed);
      if (barPairs.contains(pair)) {
        bars.put(pair, new PairBars(feed, mostMinutes, exchange.source(), run, coverage));
      }
    }
    long now = run.time().nanos();
    connectAt = now;
    heardAt = now;
    repeatedAt = now;
    refusedAgainAt = now;
  }

  /** Where an exchange stands: of its stream and of its history. */
  public record Endpoint(String stream, String url) {}

  String source() {
    return exchange.source();
  }

  /** Fills the past of pairs that the lake knows nothing of. @param length of it */
  void fillPast(Set<Pair> fresh, Duration length) {
    if (exchange.candlesOfPage() == 0 || length.isZero()) {
      return;
    }
    for (Pair pair : bars.keySet()) {
      if (fresh.contains(pair)) {
        pasts.put(pair, new CandleHistory(length, exchange.source() + Sources.CANDLES, run));
      }
    }
  }

  /** Takes what an earlier run has left in the topic. */
  void restore(MarketRecord record, Instant producedAt, Instant from) {
    PairFeed feed = pairs.get(record.pair());
    if (feed != null && feed.restore(record, producedAt, from, run.time().nanos())) {
      noteTime((MarketTrade) record);
      PairBars its = bars.get(feed.pair());
      if (its != null) {
        its.take((MarketTrade) record);
      }
    }
  }

  /** Ends the taking of what an earlier run has left. */
  void resume() {
    for (PairBars its : bars.values()) {
      its.resume();
    }
  }

  // ---- The connection -------------------------------------------------------------------------------------------------------------

  boolean owns(FeedConnection other) {
    return connection == other;
  }

  void opened() {
    isOpen = true;
    heard();
    if (!exchange.speaksFirst()) {
      subscribe(pairs.keySet());
    }
  }

  private void subscribe(Collection<Pair> wanted) {
    exchange.subscriptions(wanted).forEach(connection::send);
  }

  void closed(String reason) {
    connection = null;
    isOpen = false;
    breakReason = reason;
    // A connection that was well is opened again at once.
    Duration wait = isWell ? Duration.ZERO : backoff.next();
    connectAt = run.time().nanos() + wait.toNanos();
    LOG.warn("{}: {}; connects again in {} s", exchange.title(), reason, wait.toMillis() / 1000.0);
    run.state().trouble(about, exchange.title() + ": " + reason, run.time().now());
  }

  private void heard() {
    heardAt = run.time().nanos();
  }

  /** Reads a message of the stream. */
  void message(String text) {
    heard();
    try {
      exchange.read(text, new Reading());
    } catch (MalformedMessage e) {
      malformed++;
      if (malformed <= MOST_MALFORMED) {
        LOG.warn("{} sent a message that can't be read: {}", exchange.title(), e.getMessage());
        goesOn &= run.sendRefused(exchange.source(), text.getBytes(StandardCharsets.UTF_8));
      }
      run.state().error(exchange.title() + ": " + e.getMessage(), run.time().now());
    }
  }

  private final class Reading implements Exchange.Listener {
    @Override
    public void trade(MarketTrade trade) {
      PairFeed feed = pairs.get(trade.pair());
      if (feed == null) {
        return;
      }
      well();
      muteSince.remove(trade.pair());
      accepted(feed);
      TradeBook.Finding finding = finding(feed);
      if (!exchange.countsIds() && finding.isBreak() && feed.lastTime() != null && trade.time().isAfter(feed.lastTime())) {
        feed.missed(feed.lastTime(), trade.time());
      }
      take(feed, trade, finding);
    }

    @Override
    public void heartbeat(Pair pair, long lastId, Instant time) {
      well();
      if (pair == null) {
        alive();
        return;
      }
      PairFeed feed = pairs.get(pair);
      if (feed == null) {
        return;
      }
      accepted(feed);
      // It has been 0 on an exchange that had trades, so that it says nothing.
      if (lastId == 0 || feed.book().isEmpty()) {
        return;
      }
      if (lastId > feed.book().last()) {
        muteSince.putIfAbsent(pair, run.time().nanos());
        feed.book().expect(lastId, time, finding(feed));
        reopen(feed);
      } else {
        muteSince.remove(pair);
      }
      feed.proven(time);
    }

    @Override
    public void ready() {
      subscribe(pairs.keySet());
    }

    @Override
    public void refused(Pair pair, String reason) {
      String message = exchange.title() + " gives no trades" + (pair == null ? "" : " of " + pair) + ": " + reason;
      LOG.error("{}", message);
      PairFeed feed = pair == null ? null : pairs.get(pair);
      if (feed == null) {
        connection.abort("the subscription was refused: " + reason);
        return;
      }
      if (feed.refused() == null) {
        run.state().trouble("coin " + pair, message, run.time().now());
      }
      feed.refused(reason);
      // Some exchanges refuse a whole request for one pair of it.
      List<Pair> others = pairs.values().stream().filter(its -> its.refused() == null).map(PairFeed::pair).toList();
      if (!others.isEmpty()) {
        subscribe(others);
      }
    }

    @Override
    public void failed(String reason) {
      connection.abort(exchange.title() + " says " + reason);
    }
  }

  private void well() {
    if (!isWell) {
      isWell = true;
      run.state().resolved(about);
      LOG.info("{} answers", exchange.title());
    }
    backoff.succeeded();
  }

  private void accepted(PairFeed feed) {
    if (feed.refused() != null) {
      feed.refused(null);
      run.state().resolved("coin " + feed.pair());
    }
  }

  /** A heartbeat without a time: by then the exchange would have sent the trades of all pairs. */
  private void alive() {
    Instant clock = newestTime.plusNanos(run.time().nanos() - newestHeardAt).minus(IDLE_LAG);
    pairs.values().stream().filter(feed -> !breaks.containsKey(feed.pair())).forEach(feed -> feed.proven(clock));
  }

  /** Why trades before the present one may be missing. */
  private TradeBook.Finding finding(PairFeed feed) {
    String reason = breaks.remove(feed.pair());
    return reason == null
        ? new TradeBook.Finding(run.time().nanos(), "the stream has left them out", false)
        : new TradeBook.Finding(run.time().nanos(), reason, true);
  }

  // ---- Trades ---------------------------------------------------------------------------------------------------------------------

  private void take(PairFeed feed, MarketTrade trade, TradeBook.Finding finding) {
    int holes = feed.book().holes().size();
    if (!feed.take(trade, finding)) {
      run.state().repeatDropped();
      return;
    }
    noteTime(trade);
    goesOn &= run.send(trade, exchange.source());
    PairBars its = bars.get(feed.pair());
    if (its != null) {
      its.take(trade);
      if (feed.book().holes().size() > holes) {
        reopen(feed);
      }
    }
  }

  private void noteTime(MarketTrade trade) {
    if (trade.time().isAfter(newestTime)) {
      newestTime = trade.time();
      newestHeardAt = run.time().nanos();
    }
  }

  private void reopen(PairFeed feed) {
    PairBars its = bars.get(feed.pair());
    if (its != null) {
      feed.book().holes().forEach(hole -> its.reopen(hole.from(), hole.to()));
    }
  }

  @Override
  public void take(Pair pair, List<MarketTrade> trades) {
    PairFeed feed = pairs.get(pair);
    PairBars its = bars.get(pair);
    for (MarketTrade trade : trades) {
      if (its != null) {
        its.minutes().collect(MinuteBars.minuteOf(trade.time()), List.of(trade));
      }
      take(feed, trade, new TradeBook.Finding(run.time().nanos(), "the history was not read in order", true));
    }
  }

  @Override
  public void complete(Pair pair, Instant minute) {
    bars.get(pair).minutes().complete(minute);
  }

  @Override
  public void leave(Pair pair, Instant minute) {
    bars.get(pair).minutes().leave(minute);
  }

  // ---- What is done again and again -----------------------------------------------------------------------------------------------

  /** Does what is due. False when the run ends. */
  boolean tick() {
    long now = run.time().nanos();
    if (connection == null && now >= connectAt) {
      connect();
    }
    listen(now);
    askHistory(now);
    for (PairBars its : bars.values()) {
      goesOn &= its.send(now);
      its.cover();
    }
    goesOn &= report(now);
    if (now - repeatedAt >= MarketTail.REPEATED.toNanos()) {
      repeatedAt = now;
      goesOn &= remember();
    }
    return goesOn;
  }

  /** Says which trades have been missing for a while. */
  private void nameMissing(PairFeed feed, long now) {
    long missing = 0;
    for (TradeBook.Hole hole : feed.book().holes()) {
      // What the exchange itself does not have is listed by "gaps", and nobody can do anything about it.
      missing += !hole.isAbsent() && now - hole.since() > MISSING.toNanos() ? hole.last() - hole.first() + 1 : 0;
    }
    if (missing == feed.namedMissing()) {
      return;
    }
    feed.namedMissing(missing);
    String subject = "trades " + exchange.source() + " " + feed.pair();
    if (missing == 0) {
      run.state().resolved(subject);
    } else {
      run.state().trouble(subject, missing + " trades of " + feed.pair() + " at " + exchange.title() + " are missing", run.time().now());
    }
  }

  private boolean report(long now) {
    for (PairFeed feed : pairs.values()) {
      for (MarketRecord report : feed.reports(now)) {
        if (!run.report(report, exchange.source())) {
          return false;
        }
      }
      nameMissing(feed, now);
    }
    return true;
  }

  /** Writes down what the next run has to know. */
  boolean remember() {
    // What has come since the last reports is not missing any more.
    if (!report(run.time().nanos())) {
      return false;
    }
    for (PairFeed feed : pairs.values()) {
      for (MarketRecord record : feed.memory()) {
        if (!run.report(record, exchange.source())) {
          return false;
        }
      }
    }
    return true;
  }

  private void connect() {
    isWell = false;
    malformed = 0;
    heard();
    pairs.keySet().forEach(pair -> breaks.put(pair, breakReason));
    connection = FeedConnection.open(address, exchange.headers(), http, events);
  }

  private void listen(long now) {
    if (connection == null) {
      return;
    }
    if (now - heardAt > exchange.silence().toNanos()) {
      connection.abort("nothing was heard for " + exchange.silence().toSeconds() + " s");
    } else if (muteSince.values().stream().anyMatch(since -> now - since > MUTE_PAIR.toNanos())) {
      String mute = String.join(", ", muteSince.keySet().stream().map(Pair::toString).toList());
      muteSince.clear();
      connection.abort("it names trades of " + mute + " and does not send them");
    } else if (isOpen && now - refusedAgainAt > REFUSED_AGAIN.toNanos()) {
      refusedAgainAt = now;
      List<Pair> refused = pairs.values().stream().filter(feed -> feed.refused() != null).map(PairFeed::pair).toList();
      refused.forEach(pair -> subscribe(List.of(pair)));
    }
  }

  private void askHistory(long now) {
    if (!history.isFree(now)) {
      return;
    }
    PairFeed oldest = null;
    List<TradeBook.Hole> holes = List.of();
    for (PairFeed feed : pairs.values()) {
      List<TradeBook.Hole> due = feed.book().due(now);
      if (!due.isEmpty() && (oldest == null || due.get(0).notBefore() < holes.get(0).notBefore())) {
        oldest = feed;
        holes = due;
      }
    }
    if (oldest != null) {
      history.ask(oldest, holes, this);
      return;
    }
    for (PairFeed feed : pairs.values()) {
      if (!feed.breaks().isEmpty()) {
        history.askBreak(feed, this);
        return;
      }
    }
    for (Map.Entry<Pair, PairBars> entry : bars.entrySet()) {
      List<Instant> partial = entry.getValue().partial();
      if (!partial.isEmpty()) {
        history.ask(entry.getKey(), partial.get(0), this);
        return;
      }
    }
    if (exchange.candlesOfPage() > 0) {
      askCandles();
    }
  }

  /** Candles come last: first those before the first trade, so that a new lake has a past, then those that are compared. */
  private void askCandles() {
    for (Map.Entry<Pair, CandleHistory> entry : pasts.entrySet()) {
      Instant begin = bars.get(entry.getKey()).begin();
      CandleCheck.Span span = begin == null ? null : entry.getValue().due(begin, exchange.candlesOfPage());
      if (span != null) {
        asked = span;
        history.askCandles(entry.getKey(), span.from(), span.to(), this);
        return;
      }
    }
    for (Map.Entry<Pair, PairBars> entry : bars.entrySet()) {
      CandleCheck.Span span = entry.getValue().candles().due(exchange.candlesOfPage());
      if (span != null) {
        asked = span;
        history.askCandles(entry.getKey(), span.from(), span.to(), this);
        return;
      }
    }
  }

  @Override
  public void noCandles(Pair pair) {
    pasts.remove(pair);
    bars.get(pair).candles().postpone();
  }

  @Override
  public void candles(Pair pair, Instant from, Instant to, List<QuoteBar> candles) {
    PairBars its = bars.get(pair);
    CandleHistory past = pasts.get(pair);
    if (past != null && past.isNext(to)) {
      goesOn &= past.take(asked, candles);
      return;
    }
    for (MarketRecord report : its.candles().compare(asked, candles)) {
      goesOn &= run.report(report, exchange.source());
    }
    long unexplained = its.candles().unexplained();
    if (unexplained > 0) {
      String message = exchange.title() + "'s own candles of " + unexplained + " minutes of " + pair + " differ from its trades";
      run.state().trouble("candles " + pair, message, run.time().now());
    } else {
      run.state().resolved("candles " + pair);
    }
  }

  @Override
  public void close() {
    history.close();
    if (connection != null) {
      connection.abort("the run ends");
    }
  }
}
