package io.cryptodm.producer.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.cryptodm.contracts.Coverage;
import io.cryptodm.contracts.MarketParser;
import io.cryptodm.contracts.MarketRecord;
import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Money;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.QuoteParser;
import io.cryptodm.contracts.QuoteRecord;
import io.cryptodm.producer.CoverageWriter;
import io.cryptodm.producer.FakeClock;
import io.cryptodm.producer.ReliableSender;
import io.cryptodm.producer.Run;
import io.cryptodm.producer.RunState;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A feed whose stream loses, doubles and delays messages and whose runs are killed, by seeds: in the end it has what has truly happened. */
class FeedModelTest {
  private static final Pair BTC = Pair.parse("BTC/USD");
  private static final Instant BEGIN = Instant.parse("2026-11-30T12:00:20Z");
  private static final Duration STEP = Duration.ofMillis(100);
  private static final Duration TAIL = Duration.ofMinutes(4);

  /** What happened at an exchange, and what its history shows of it. */
  private static final class Venue {
    private final Random random;
    private final List<MarketTrade> ledger = new ArrayList<>();
    private final Set<Long> lost = new HashSet<>();
    private final Map<Long, Instant> hiddenUntil = new HashMap<>();
    private final List<MarketTrade> shown = Collections.synchronizedList(new ArrayList<>());
    private long nextId = 100;

    private Venue(long seed) {
      random = new Random(seed);
    }

    /** The trades of a moment. */
    private List<MarketTrade> trade(Instant now, double rate, boolean mayFail) {
      List<MarketTrade> made = new ArrayList<>();
      while (random.nextDouble() < rate) {
        if (mayFail && random.nextInt(400) == 0) {
          lost.add(nextId++);
        }
        // A late trade carries a time of before.
        Instant time = mayFail && random.nextInt(150) == 0 ? now.minusMillis(random.nextInt(50_000)) : now;
        BigDecimal price = BigDecimal.valueOf(10_000 + random.nextInt(100), 2);
        made.add(new MarketTrade(BTC, nextId++, time, price, BigDecimal.valueOf(1 + random.nextInt(50), 3), MarketTrade.Side.BUY));
      }
      ledger.addAll(made);
      return made;
    }

    private void show(Instant now, boolean byTime) {
      List<MarketTrade> all = ledger.stream().filter(trade -> !now.isBefore(hiddenUntil.getOrDefault(trade.id(), Instant.MIN))).collect(Collectors.toList());
      if (byTime) {
        all.sort(Comparator.comparing(MarketTrade::time).thenComparing(MarketTrade::id));
      }
      synchronized (shown) {
        shown.clear();
        shown.addAll(all);
      }
    }
  }

  /** The topics, with the times at which their records came. */
  private static final class Topic {
    private final List<byte[]> records = new ArrayList<>();
    private final List<Instant> times = new ArrayList<>();

    private void take(MockProducer<byte[], byte[]> kafka, Instant now) {
      for (ProducerRecord<byte[], byte[]> record : kafka.history()) {
        records.add(record.value());
        times.add(now);
      }
      kafka.clear();
    }

    private void lose(int most) {
      for (int i = 0; i < most && !records.isEmpty(); i++) {
        records.remove(records.size() - 1);
        times.remove(times.size() - 1);
      }
    }
  }

  private static MockProducer<byte[], byte[]> producer() {
    return new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** One run of a producer. */
  private static final class Producer implements AutoCloseable {
    private final MockProducer<byte[], byte[]> quotes = producer();
    private final MockProducer<byte[], byte[]> market = producer();
    private final BlockingQueue<Runnable> posted = new LinkedBlockingQueue<>();
    private final FakeClock clock;
    private final CoverageWriter coverage;
    private final FeedTrades trades;
    private final FeedStream stream;
    private final FeedHistory history;
    private final FeedReports reports;

    private Producer(Exchange exchange, String url, HttpClient http, FakeClock clock, Topic marketTopic, Instant newestBar) {
      this.clock = clock;
      RunState state = new RunState();
      Run run =
          new Run(
              new ReliableSender("quotes", () -> quotes, state, clock), new ReliableSender("market-trades", () -> market, state, clock), state, clock,
              OptionalLong.empty(), OptionalDouble.empty());
      coverage = new CoverageWriter(run);
      trades = new FeedTrades(exchange, List.of(BTC), Set.of(BTC), 60, run, coverage);
      stream = new FeedStream(URI.create("ws://127.0.0.1:1"), http, trades, run, event -> { });
      history = new FeedHistory(new HistoryClient(exchange, url, http, new FastClock(BEGIN)), trades, new FeedCandles(trades, run), run, posted::add);
      reports = new FeedReports(trades, run);
      trades.bars().get(BTC).newestBar(newestBar);
      if (!marketTopic.records.isEmpty()) {
        Instant from = marketTopic.times.get(marketTopic.times.size() - 1).minus(TAIL);
        for (int i = 0; i < marketTopic.records.size(); i++) {
          if (!marketTopic.times.get(i).isBefore(from)) {
            MarketRecord record = MarketParser.read(marketTopic.records.get(i), marketTopic.times.get(i)).record();
            trades.restore(record, marketTopic.times.get(i), from);
          }
        }
      }
      trades.bars().values().forEach(PairBars::resume);
    }

    private void tick() throws InterruptedException {
      long now = clock.nanos();
      stream.tick(now);
      for (int questions = 0; questions < 4; questions++) {
        history.ask(now);
        while (history.isBusy()) {
          Runnable next = posted.poll(30, TimeUnit.SECONDS);
          assertNotNull(next, "the history does not answer");
          next.run();
        }
      }
      trades.sendBars(now);
      reports.tick(now);
      coverage.flushWhenDue();
    }

    @Override
    public void close() {
      history.close();
    }
  }

  private static String message(boolean isKraken, List<MarketTrade> trades, String type) {
    MarketTrade first = trades.get(0);
    return isKraken
        ? trades.stream()
            .map(trade -> "{\"symbol\":\"BTC/USD\",\"side\":\"buy\",\"price\":%s,\"qty\":%s,\"ord_type\":\"limit\",\"trade_id\":%d,\"timestamp\":\"%s\"}"
                .formatted(trade.price().toPlainString(), trade.quantity().toPlainString(), trade.id(), trade.time()))
            .collect(Collectors.joining(",", "{\"channel\":\"trade\",\"type\":\"" + type + "\",\"data\":[", "]}"))
        : "{\"type\":\"match\",\"trade_id\":%d,\"side\":\"sell\",\"size\":\"%s\",\"price\":\"%s\",\"product_id\":\"BTC-USD\",\"time\":\"%s\"}"
            .formatted(first.id(), first.quantity().toPlainString(), first.price().toPlainString(), first.time());
  }

  /** More of them: {@code -DmodelSeeds=100}. */
  static Stream<Arguments> seeds() {
    int first = Integer.getInteger("modelFirst", 1);
    return IntStream.range(first, first + Integer.getInteger("modelSeeds", 3))
        .boxed()
        .flatMap(seed -> Stream.of(Arguments.of("coinbase", seed), Arguments.of("kraken", seed)));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void hasWhatHasHappened(String source, int seed) throws InterruptedException {
    boolean isKraken = source.equals("kraken");
    Exchange exchange = isKraken ? new KrakenExchange() : new CoinbaseExchange();
    Venue venue = new Venue(seed);
    Random random = venue.random;
    FakeClock clock = new FakeClock(BEGIN, Integer.MAX_VALUE);
    Topic quotes = new Topic();
    Topic market = new Topic();
    HttpClient http = HttpClient.newHttpClient();
    try (HistoryServer server = new HistoryServer(source, venue.shown)) {
      venue.trade(BEGIN.minusSeconds(5), 0.9, false);
      Producer producer = new Producer(exchange, server.url(), http, clock, market, Instant.MIN);
      Instant calm = BEGIN.plusSeconds(400);
      Instant end = calm.plusSeconds(1500);
      Instant downUntil = Instant.MIN;
      Instant muteUntil = Instant.MIN;
      Instant quietUntil = Instant.MIN;
      boolean isConnected = false;
      List<MarketTrade> late = new ArrayList<>();
      long steps = 0;
      while (clock.now().isBefore(end)) {
        Instant now = clock.now();
        boolean isWild = now.isBefore(calm);
        if (isWild && random.nextInt(400) == 0) {
          quietUntil = now.plusSeconds(random.nextInt(150));
        }
        List<MarketTrade> made = venue.trade(now, now.isBefore(quietUntil) ? 0 : isWild ? 0.4 : 0.05, isWild);
        venue.show(now, isKraken);
        if (isWild && random.nextInt(900) == 0) {
          // Killed: what was sent last may not have arrived.
          quotes.take(producer.quotes, now);
          market.take(producer.market, now);
          quotes.lose(random.nextInt(4));
          market.lose(random.nextInt(4));
          producer.close();
          clock.pause(Duration.ofSeconds(random.nextInt(40)));
          producer = new Producer(exchange, server.url(), http, clock, market, newest(quotes));
          isConnected = false;
          downUntil = Instant.MIN;
        } else if (isWild && isConnected && random.nextInt(300) == 0) {
          producer.stream.closed("it broke");
          isConnected = false;
          downUntil = now.plusMillis(random.nextInt(20_000));
        } else if (isWild && random.nextInt(500) == 0) {
          muteUntil = now.plusSeconds(random.nextInt(4));
        }
        if (!isConnected && !now.isBefore(downUntil)) {
          isConnected = true;
          producer.tick();
          int shown = isKraken ? 50 : 1;
          List<MarketTrade> last = venue.ledger.subList(Math.max(0, venue.ledger.size() - made.size() - shown), venue.ledger.size() - made.size());
          if (!last.isEmpty()) {
            producer.stream.message(message(isKraken, last, "snapshot"));
          }
        }
        if (isConnected && !now.isBefore(muteUntil)) {
          List<MarketTrade> due = new ArrayList<>(late);
          late.clear();
          for (MarketTrade trade : made) {
            int luck = isWild ? random.nextInt(60) : 59;
            if (luck == 0) {
              // left out, and sometimes missing in the history for a while, too
              if (random.nextBoolean()) {
                venue.hiddenUntil.put(trade.id(), now.plusSeconds(random.nextInt(15)));
              }
            } else if (luck == 1) {
              late.add(trade);
            } else {
              due.add(trade);
              if (luck == 2) {
                due.add(trade);
              }
            }
          }
          for (MarketTrade trade : due) {
            producer.stream.message(message(isKraken, List.of(trade), "update"));
          }
          if (++steps % 10 == 0) {
            long last = venue.nextId - 1;
            while (venue.lost.contains(last)) {
              last--;
            }
            long said = isWild && random.nextInt(20) == 0 ? 0 : last;
            producer.stream.message(
                isKraken
                    ? "{\"channel\":\"heartbeat\"}"
                    : "{\"type\":\"heartbeat\",\"last_trade_id\":%d,\"product_id\":\"BTC-USD\",\"sequence\":1,\"time\":\"%s\"}".formatted(said, now));
          }
        } else {
          late.clear();
        }
        producer.tick();
        quotes.take(producer.quotes, now);
        market.take(producer.market, now);
        clock.pause(isWild ? STEP : STEP.multipliedBy(5));
      }
      producer.coverage.flush();
      quotes.take(producer.quotes, clock.now());
      producer.close();
      compare(venue, quotes, market, end.minusSeconds(120));
    }
  }

  private static List<QuoteRecord> read(Topic quotes) {
    return quotes.records.stream().map(record -> QuoteParser.read(record, Instant.MAX.minusSeconds(86_400))).toList();
  }

  private static Instant newest(Topic quotes) {
    return read(quotes).stream().flatMap(record -> record.bars().stream()).map(QuoteBar::start).max(Instant::compareTo).orElse(Instant.MIN);
  }

  private static String text(QuoteBar bar) {
    return String.join(
        " ", bar.start().toString(), Money.text(bar.open()), Money.text(bar.high()), Money.text(bar.low()), Money.text(bar.close()),
        Money.text(bar.volume()), bar.tradeCount().toString());
  }

  private static void compare(Venue venue, Topic quotes, Topic market, Instant until) {
    TreeMap<Long, MarketTrade> sent = new TreeMap<>();
    for (byte[] record : market.records) {
      if (MarketParser.read(record, until).record() instanceof MarketTrade trade) {
        sent.put(trade.id(), trade);
      }
    }
    long first = sent.firstKey();
    List<MarketTrade> truth = venue.ledger.stream().filter(trade -> trade.id() >= first && trade.time().isBefore(until)).toList();
    assertEquals(List.of(), truth.stream().map(MarketTrade::id).filter(id -> !sent.containsKey(id)).toList(), "trades that are missing");

    TreeMap<Instant, QuoteBar> bars = new TreeMap<>();
    TreeSet<Instant> observed = new TreeSet<>();
    for (QuoteRecord record : read(quotes)) {
      record.bars().forEach(bar -> bars.put(bar.start(), bar));
      Coverage coverage = record.coverage();
      if (coverage != null && coverage.state() == Coverage.State.OBSERVED) {
        for (Instant minute = coverage.from(); minute.isBefore(coverage.to()); minute = minute.plusSeconds(60)) {
          observed.add(minute);
        }
      }
    }
    MinuteBars sums = new MinuteBars(BTC, 1000, true);
    sums.beginAt(Instant.MIN);
    venue.ledger.forEach(sums::take);
    Set<Instant> torn = new HashSet<>();
    for (long id : venue.lost) {
      Instant before = venue.ledger.stream().filter(trade -> trade.id() < id).map(MarketTrade::time).max(Instant::compareTo).orElse(Instant.MIN);
      Instant after = venue.ledger.stream().filter(trade -> trade.id() > id).map(MarketTrade::time).min(Instant::compareTo).orElse(until);
      for (Instant at = MinuteBars.minuteOf(before.isBefore(after) ? before : after); !at.isAfter(before.isBefore(after) ? after : before); at = at.plusSeconds(60)) {
        torn.add(at);
      }
    }
    List<String> wrong = new ArrayList<>();
    for (Instant minute = MinuteBars.minuteOf(BEGIN).plusSeconds(60); minute.isBefore(MinuteBars.minuteOf(until)); minute = minute.plusSeconds(60)) {
      QuoteBar wanted = sums.bar(minute);
      QuoteBar bar = bars.get(minute);
      String name = minute.toString().substring(11, 16);
      if (wanted == null ? bar != null : bar == null || !text(wanted).equals(text(bar))) {
        wrong.add(name + ": " + (bar == null ? null : text(bar)) + " instead of " + (wanted == null ? null : text(wanted)));
      } else if (bar != null && !Boolean.TRUE.equals(bar.complete()) && !(torn.contains(minute) && bar.complete() == null)) {
        wrong.add(name + " says " + bar.complete());
      }
      if (!observed.contains(minute) && !torn.contains(minute)) {
        wrong.add(name + " is not known");
      }
    }
    assertEquals(List.of(), wrong);
  }
}
