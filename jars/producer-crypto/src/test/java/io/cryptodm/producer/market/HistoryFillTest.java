package io.cryptodm.producer.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.TradeHole;
import io.cryptodm.producer.FakeClock;
import io.cryptodm.producer.Sink;
import java.math.BigDecimal;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HistoryFillTest {
  private static final Pair BTC = Pair.parse("BTC/USD");
  private static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");

  private final FakeClock clock = new FakeClock(NOON, 1000);
  private final Sink sink = new Sink(clock, OptionalLong.empty(), OptionalDouble.empty());
  private final BlockingQueue<Runnable> posted = new LinkedBlockingQueue<>();
  /** all up to 100 but one, and some of those after a hole of more than a page */
  private final HistoryServer server =
      new HistoryServer(
          "coinbase", LongStream.rangeClosed(1, 3000).filter(id -> id != 50 && (id <= 100 || id > 2500)).mapToObj(HistoryFillTest::trade).toList());
  private final HistoryFill history =
      new HistoryFill(new HistoryClient(new CoinbaseExchange(), server.url(), HttpClient.newHttpClient(), clock), posted::add, sink.run);
  private final PairFeed feed = new PairFeed(BTC, true);
  private final List<String> heard = new ArrayList<>();

  private final HistoryFill.Taker taker =
      new HistoryFill.Taker() {
        @Override
        public void take(Pair pair, List<MarketTrade> trades) {
          trades.forEach(trade -> feed.take(trade, new TradeBook.Finding(clock.nanos(), "", true)));
          heard.add(trades.size() + " trades");
        }

        @Override
        public void refused(Pair pair, Exchange.RefusedRow row) {
          heard.add("refused " + row.id());
        }

        @Override
        public void complete(Pair pair, Instant minute, List<Exchange.RefusedRow> refused) {
          heard.add("complete " + minute + (refused.isEmpty() ? "" : " without " + refused.size()));
        }

        @Override
        public void giveUp(Pair pair, Instant from, Instant to) {
          heard.add("give up " + from + " to " + to);
        }

        @Override
        public void leave(Pair pair, Instant minute) {
          heard.add("leave " + minute);
        }

        @Override
        public void candles(Pair pair, Instant from, Instant to, List<QuoteBar> candles) {
          heard.add(candles.size() + " candles");
        }

        @Override
        public void noCandles(Pair pair) {
          heard.add("no candles");
        }
      };

  @AfterEach
  void close() {
    history.close();
    server.close();
  }

  private static MarketTrade trade(long id) {
    return new MarketTrade(BTC, id, NOON.plusSeconds(id), BigDecimal.TEN, BigDecimal.ONE, MarketTrade.Side.BUY);
  }

  private void know(long id) {
    feed.take(trade(id), new TradeBook.Finding(clock.nanos(), "it broke", true));
  }

  /** Runs what is posted until a question has its end. */
  private void settle() throws InterruptedException {
    long free = Long.MAX_VALUE;
    assertFalse(history.isFree(free));
    while (!history.isFree(free)) {
      Runnable next = posted.poll(30, TimeUnit.SECONDS);
      assertNotNull(next, "the history does not end");
      next.run();
    }
  }

  private void askHoles() throws InterruptedException {
    history.ask(feed, feed.book().due(clock.nanos()), taker);
    settle();
  }

  @Test
  void closesSeveralHolesWithOnePage() throws InterruptedException {
    know(10);
    know(15);
    know(20);
    askHoles();
    assertTrue(feed.book().holes().isEmpty());
    assertEquals(1, server.requests());
    assertEquals(List.of("9 trades"), heard);
  }

  @Test
  void asksAgainForWhatIsMissingLaterAndLaterUntilItIsAbsent() throws InterruptedException {
    know(49);
    know(51);
    for (int answer = 1; answer <= 3; answer++) {
      assertFalse(feed.book().holes().iterator().next().isAbsent());
      askHoles();
      assertEquals(answer, feed.book().holes().iterator().next().answers());
      assertTrue(feed.book().due(clock.nanos()).isEmpty());
      clock.pause(Duration.ofSeconds(1L << answer));
      assertFalse(feed.book().due(clock.nanos()).isEmpty());
    }
    assertTrue(feed.book().holes().iterator().next().isAbsent());
  }

  @Test
  void findsTheTradesBehindAPageThatTheHistoryDoesNotHave() throws InterruptedException {
    know(100);
    know(3001);
    askHoles();
    assertEquals(List.of(), heard);
    clock.pause(Duration.ofSeconds(2));
    askHoles();
    assertEquals(List.of("500 trades"), heard);
    assertEquals(2500, feed.book().holes().iterator().next().last());
  }

  @Test
  void givesAllTradesOfAMinuteBeforeItIsComplete() throws InterruptedException {
    history.ask(BTC, NOON.plusSeconds(60), taker);
    settle();
    assertEquals(List.of("41 trades", "complete 2026-11-30T12:01:00Z"), heard);
  }

  @Test
  void aServerThatAsksForAWaitGetsIt() throws InterruptedException {
    know(10);
    know(12);
    server.fail(429, "7");
    askHoles();
    assertEquals(1, feed.book().holes().size());
    assertEquals(0, feed.book().holes().iterator().next().answers());
    assertFalse(history.isFree(clock.nanos() + Duration.ofMillis(6999).toNanos()));
    assertTrue(history.isFree(clock.nanos() + Duration.ofSeconds(7).toNanos()));
    assertTrue(sink.state.snapshot().troubles().get("history coinbase").message().contains("429"));
    clock.pause(Duration.ofSeconds(7));
    askHoles();
    assertTrue(feed.book().holes().isEmpty());
    assertTrue(sink.state.snapshot().troubles().isEmpty());
  }

  private String reports() {
    return feed.reports(clock.nanos()).stream()
        .map(record -> (TradeHole) record)
        .map(hole -> hole.first() + "-" + hole.last() + " " + hole.state().wire() + " " + hole.reason())
        .collect(Collectors.joining(", "));
  }

  @Test
  void goesOnAfterARowThatCannotBeReadAndSaysWhichTradesItCost() throws InterruptedException {
    know(10);
    know(20);
    server.garble(15, "{\"trade_id\":15,\"side\":\"buy\",\"size\":\"1\",\"price\":\"abc\",\"time\":\"2026-11-30T12:00:15Z\"}");
    askHoles();
    assertEquals(List.of("8 trades", "refused 15"), heard);
    assertEquals(1, feed.book().holes().size());
    assertTrue(feed.book().due(clock.nanos()).isEmpty(), "it is not asked for at once");
    clock.pause(Duration.ofSeconds(1));
    assertEquals("15-15 absent the exchange's history of them can't be read: 'price' must be a number but is \"abc\"", reports());
    server.garble(15, null);
    askHoles();
    assertTrue(feed.book().holes().isEmpty());
  }

  @Test
  void aRowWithoutAnIdMayBeAnyOfTheTradesThatAreMissing() throws InterruptedException {
    know(10);
    know(20);
    server.garble(15, "\"nonsense\"");
    askHoles();
    assertEquals(List.of("8 trades", "refused null"), heard);
    clock.pause(Duration.ofSeconds(1));
    assertTrue(reports().startsWith("15-15 absent the exchange's history of them can't be read"));
  }

  @Test
  void namesTheRowsThatAMinuteLacks() throws InterruptedException {
    server.garble(70, "{\"trade_id\":70}");
    history.ask(BTC, NOON.plusSeconds(60), taker);
    settle();
    assertEquals(List.of("40 trades", "refused 70", "complete 2026-11-30T12:01:00Z without 1"), heard);
  }

  @Test
  void givesUpWhatTheHistoryDoesNotHaveAfterTenMinutes() throws InterruptedException {
    know(49);
    know(51);
    long asked = clock.nanos();
    int answers = 0;
    for (; !heard.contains("give up 2026-11-30T12:00:49Z to 2026-11-30T12:00:51Z"); answers++) {
      assertTrue(answers < 20);
      clock.pause(Duration.ofNanos(Math.max(0, feed.book().holes().iterator().next().notBefore() - clock.nanos())));
      askHoles();
    }
    assertTrue(clock.nanos() - asked >= Duration.ofMinutes(10).toNanos());
    assertTrue(feed.book().holes().iterator().next().isGivenUp());
    assertEquals("50-50 absent the history of the exchange has no such trades, also after 10 minutes", reports());
  }

  @Test
  void aHistoryThatDoesNotAcceptTheKeysIsAskedRarely() throws InterruptedException {
    for (int status : new int[] {401, 403}) {
      know(10);
      know(12);
      server.fail(status, null);
      askHoles();
      assertEquals(0, feed.book().holes().iterator().next().answers());
      assertTrue(sink.state.snapshot().troubles().get("history coinbase").message().contains(status + ": {\"message\":\"no\"} (no keys were sent)"));
      assertFalse(history.isFree(clock.nanos() + Duration.ofSeconds(299).toNanos()));
      clock.pause(Duration.ofMinutes(5));
    }
    askHoles();
    assertTrue(feed.book().holes().isEmpty());
    assertTrue(sink.state.snapshot().troubles().isEmpty());
  }

  @Test
  void tradesDoNotWaitForCandlesThatAreDeniedOrCannotBeRead() throws InterruptedException {
    server.fail(403, null);
    server.say("[[\"no time\"]]");
    for (int answer = 0; answer < 2; answer++) {
      history.askCandles(BTC, NOON, NOON.plusSeconds(60), taker);
      settle();
      assertEquals(List.of(), heard, "they are neither given nor refused");
      assertTrue(sink.state.snapshot().troubles().get("candles coinbase").message().startsWith("candles: "));
      assertTrue(history.isFree(clock.nanos()));
      assertFalse(history.isFreeForCandles(clock.nanos() + Duration.ofSeconds(299).toNanos()));
      assertTrue(history.isFreeForCandles(clock.nanos() + Duration.ofSeconds(300).toNanos()));
      clock.pause(Duration.ofMinutes(5));
    }
    know(10);
    know(12);
    askHoles();
    assertTrue(feed.book().holes().isEmpty());
  }

  @Test
  void leavesAMinuteThatIsRefused() throws InterruptedException {
    server.fail(404, null);
    history.ask(BTC, NOON.plusSeconds(60), taker);
    settle();
    assertEquals(List.of("leave 2026-11-30T12:01:00Z"), heard);
    assertFalse(history.isFree(clock.nanos()), "a refused question is not repeated at once");
    assertEquals(1, sink.state.snapshot().troubles().size());
  }
}
