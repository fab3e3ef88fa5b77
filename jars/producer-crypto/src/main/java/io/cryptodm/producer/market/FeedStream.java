package io.cryptodm.producer.market;

import io.cryptodm.contracts.Backoff;
import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import io.cryptodm.producer.Run;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The stream of an exchange: connects, subscribes, reads its messages, and connects again when it breaks or says nothing. For one thread. */
final class FeedStream {
  private static final Logger LOG = LoggerFactory.getLogger(FeedStream.class);

  /** A pair that the exchange refuses is asked for again. */
  private static final Duration REFUSED_AGAIN = Duration.ofMinutes(5);

  /** How long a pair has been idle for when a heartbeat without a time and later trades of other pairs say that it had none. */
  private static final Duration IDLE_LAG = Duration.ofSeconds(2);

  /** Messages of a connection that are kept as bad records: more of them would say nothing new. */
  private static final int MOST_MALFORMED = 100;

  /** A pair whose trades only the history has, while the exchange says that there are some, needs a new connection. */
  private static final Duration MUTE_PAIR = Duration.ofSeconds(10);

  private final Exchange exchange;
  private final URI address;
  private final HttpClient http;
  private final Run run;
  private final Consumer<FeedConnection.Event> events;
  private final FeedTrades trades;
  private final FeedSubscriptions subscriptions;
  private final Backoff backoff = Backoff.equalJitter(Duration.ofMillis(250), Duration.ofSeconds(30), new Random());
  private final String about;

  /** why trades of a pair may be missing before the first one of this connection; pairs that were heard of are gone */
  private final Map<Pair, String> breaks = new LinkedHashMap<>();
  /** since when the exchange names trades of a pair that it does not send */
  private final Map<Pair, Long> muteSince = new LinkedHashMap<>();

  private FeedConnection connection;
  private boolean isOpen;
  private boolean isWell;
  private String breakReason = PairFeed.STOPPED;
  private long connectAt;
  private long heardAt;
  private int malformed;
  private long refusedAgainAt;

  /** Connects to nothing yet. @param events called by threads of the client */
  FeedStream(URI address, HttpClient http, FeedTrades trades, Run run, Consumer<FeedConnection.Event> events) {
    this.exchange = trades.exchange();
    this.address = address;
    this.http = http;
    this.trades = trades;
    this.subscriptions = new FeedSubscriptions(exchange, trades.feeds());
    this.run = run;
    this.events = events;
    this.about = "source " + exchange.source();
    long now = run.time().nanos();
    connectAt = now;
    heardAt = now;
    refusedAgainAt = now;
  }

  boolean owns(FeedConnection other) {
    return connection == other;
  }

  void opened() {
    isOpen = true;
    heard();
    if (!exchange.speaksFirst()) {
      subscribe();
    }
  }

  private void subscribe() {
    refusedAgainAt = run.time().nanos();
    subscriptions.all().forEach(connection::send);
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

  /** Reads a message. */
  void message(String text) {
    heard();
    try {
      exchange.read(text, new Reading());
    } catch (MalformedMessage e) {
      malformed++;
      if (malformed <= MOST_MALFORMED) {
        LOG.warn("{} sent a message that can't be read: {}", exchange.title(), e.getMessage());
        trades.noteSent(run.sendRefused(exchange.source(), text.getBytes(StandardCharsets.UTF_8)));
      }
      run.state().error(exchange.title() + ": " + e.getMessage(), run.time().now());
    }
  }

  private final class Reading implements Exchange.Listener {
    @Override
    public void trade(MarketTrade trade) {
      PairFeed feed = trades.feed(trade.pair());
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
      trades.take(feed, trade, finding);
    }

    @Override
    public void heartbeat(Pair pair, long lastId, Instant time) {
      well();
      if (pair == null) {
        alive();
        return;
      }
      PairFeed feed = trades.feed(pair);
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
        trades.reopen(feed);
      } else {
        muteSince.remove(pair);
      }
      feed.proven(time);
    }

    @Override
    public void ready() {
      subscribe();
    }

    @Override
    public void refused(Pair pair, String reason) {
      String message = exchange.title() + " gives no trades" + (pair == null ? "" : " of " + pair) + ": " + reason;
      LOG.error("{}", message);
      PairFeed feed = pair == null ? null : trades.feed(pair);
      if (feed == null) {
        connection.abort("the subscription was refused: " + reason);
        return;
      }
      if (feed.refused() == null) {
        run.state().trouble("coin " + pair, message, run.time().now());
      }
      subscriptions.refuse(feed, reason).forEach(connection::send);
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
    Instant clock = trades.clock().minus(IDLE_LAG);
    trades.feeds().stream().filter(feed -> !breaks.containsKey(feed.pair())).forEach(feed -> feed.proven(clock));
  }

  /** Why trades before the present one may be missing. */
  private TradeBook.Finding finding(PairFeed feed) {
    String reason = breaks.remove(feed.pair());
    return reason == null
        ? new TradeBook.Finding(run.time().nanos(), "the stream has left them out", false)
        : new TradeBook.Finding(run.time().nanos(), reason, true);
  }

  /** Connects when it is due, and ends a connection that is of no use. */
  void tick(long now) {
    if (connection == null && now >= connectAt) {
      connect();
    }
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
      subscriptions.refused().forEach(connection::send);
    }
  }

  private void connect() {
    isWell = false;
    malformed = 0;
    heard();
    trades.pairs().forEach(pair -> breaks.put(pair, breakReason));
    connection = FeedConnection.open(address, exchange.headers(), http, events);
  }

  void close() {
    if (connection != null) {
      connection.abort("the run ends");
    }
  }
}
