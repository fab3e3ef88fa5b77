package io.cryptodm.producer.market;

import io.cryptodm.contracts.MarketRecord;
import io.cryptodm.contracts.Pair;
import io.cryptodm.producer.CoverageWriter;
import io.cryptodm.producer.Run;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;

/** Follows the trades of exchanges until the run ends, and makes the bars of each pair from those of one of them. */
public final class MarketSource {
  private static final long TICK_MS = 20;

  /** Events that are taken before what is due is done. */
  private static final int MOST_EVENTS = 2_000;

  /** Minutes that are kept for corrections, of all pairs together: about 20 MB. */
  private static final int MOST_MINUTES = 50_000;

  private final Run run;
  private final CoverageWriter coverage;
  private final BlockingQueue<Runnable> events = new LinkedBlockingQueue<>();
  private final List<ExchangeFeed> feeds = new ArrayList<>();
  private final UnfollowedTrades unfollowed;

  /**
   * Connects to nothing yet.
   *
   * @param endpoints by the name of the source
   * @param barSource gives the source of the bars of a pair
   */
  public MarketSource(
      List<Exchange> exchanges, Map<String, ExchangeFeed.Endpoint> endpoints, Collection<Pair> pairs, Map<Pair, String> barSource, Run run) {
    this.run = run;
    this.coverage = new CoverageWriter(run);
    this.unfollowed = new UnfollowedTrades(run);
    HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).version(HttpClient.Version.HTTP_1_1).build();
    int mostMinutes = Math.max(10, Math.min(24 * 60, MOST_MINUTES / Math.max(1, pairs.size())));
    for (Exchange exchange : exchanges) {
      Set<Pair> barPairs = pairs.stream().filter(pair -> exchange.source().equals(barSource.get(pair))).collect(Collectors.toSet());
      feeds.add(
          new ExchangeFeed(
              exchange, endpoints.get(exchange.source()), http, pairs, barPairs, mostMinutes, run, coverage, this::hear, events::add));
    }
  }

  /**
   * Says which bars the lake may have, so that no bar of a part of a minute takes the place of a better one.
   *
   * @param newest of each pair, the newest minute of which it may have a bar; {@link Instant#MIN} for none, and nothing where that is not known
   */
  public void newestBars(Map<Pair, Instant> newest) {
    feeds.forEach(feed -> feed.newestBars(newest));
  }

  /** Fills the past of pairs that the lake knows nothing of, by the candles of the exchange that makes their bars. @param length of it */
  public void fillPast(Set<Pair> fresh, Duration length) {
    feeds.forEach(feed -> feed.fillPast(fresh, length));
  }

  /** As {@link #fillPast}, where an earlier run has not ended it. @param spans the minutes that are left, of each pair */
  public void continuePast(Map<Pair, Past> spans) {
    feeds.forEach(feed -> feed.continuePast(spans));
  }

  /** Minutes of the past of a pair; {@code to} is exclusive. */
  public record Past(Instant from, Instant to) {}

  private void hear(FeedConnection.Event event) {
    events.add(() -> feeds.stream().map(ExchangeFeed::stream).filter(its -> its.owns(event.connection())).findFirst().ifPresent(its -> tell(its, event)));
  }

  private static void tell(FeedStream stream, FeedConnection.Event event) {
    if (event instanceof FeedConnection.Opened) {
      stream.opened();
    } else if (event instanceof FeedConnection.Message message) {
      stream.message(message.text());
      message.connection().taken();
    } else if (event instanceof FeedConnection.Closed closed) {
      stream.closed(closed.reason());
    }
  }

  /** Runs until the run ends. @param consumers of the topic of market trades */
  public void run(String topic, Supplier<Consumer<byte[], byte[]>> consumers) throws InterruptedException {
    if (!MarketTail.read(topic, consumers, run.time(), this::restore)) {
      return;
    }
    feeds.forEach(ExchangeFeed::resume);
    try {
      long ticked = run.time().nanos() - TICK_MS * 1_000_000;
      boolean goesOn = run.goesOn();
      while (goesOn) {
        takeEvents();
        if (run.time().nanos() - ticked >= TICK_MS * 1_000_000) {
          ticked = run.time().nanos();
          for (ExchangeFeed feed : feeds) {
            goesOn &= feed.tick();
          }
          goesOn &= unfollowed.tick(ticked);
          coverage.flushWhenDue();
        }
        goesOn &= run.goesOn();
      }
    } finally {
      coverage.flush();
      feeds.forEach(ExchangeFeed::remember);
      unfollowed.remember();
      feeds.forEach(ExchangeFeed::close);
    }
  }

  private void restore(String source, MarketRecord record, Instant producedAt, Instant from) {
    feeds.stream()
        .filter(feed -> feed.source().equals(source) && feed.follows(record.pair()))
        .findFirst()
        .ifPresentOrElse(
            feed -> feed.restore(record, producedAt, from), () -> unfollowed.restore(source, record, producedAt, from));
  }

  private void takeEvents() throws InterruptedException {
    Runnable event = events.poll(TICK_MS, TimeUnit.MILLISECONDS);
    for (int i = 0; event != null && i < MOST_EVENTS; i++) {
      event.run();
      event = events.poll();
    }
    if (event != null) {
      event.run();
    }
  }
}
