package io.cryptodm.producer.market;

import io.cryptodm.contracts.Backoff;
import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.producer.Run;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the history of an exchange for what its stream has left out: holes between ids, and minutes of which the begin was not seen. One question at a
 * time; what it answers is taken by the thread of the run.
 */
final class HistoryFill implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HistoryFill.class);

  /** How long a hole is left alone that the history does not know; it may know it later. */
  private static final Backoff AGAIN = Backoff.withoutJitter(Duration.ofSeconds(1), Duration.ofMinutes(10));

  /** When a refused question is asked again. */
  private static final Duration REFUSED_AGAIN = Duration.ofMinutes(1);

  /** When candles are asked for again that could not be read: they are of less use than trades. */
  private static final Duration CANDLES_AGAIN = Duration.ofMinutes(5);

  private final HistoryClient client;
  private final Consumer<Runnable> run;
  private final Run producer;
  private final ExecutorService thread;
  private final Backoff backoff = Backoff.equalJitter(Duration.ofSeconds(1), Duration.ofSeconds(30), new Random());
  private boolean isBusy;
  private long notBefore;
  private long candlesNotBefore;

  /** Takes what the history says, on the thread of the run. */
  interface Taker {
    /** Trades, known or not. */
    void take(Pair pair, List<MarketTrade> trades);

    /** A row that can't be read. */
    void refused(Pair pair, Exchange.RefusedRow row);

    /** All trades of a minute have been given. @param refused rows that can't be read and may be trades of it */
    void complete(Pair pair, Instant minute, List<Exchange.RefusedRow> refused);

    /** The history will not say anything about a minute. */
    void leave(Pair pair, Instant minute);

    /** Nobody will give the trades between these times any more. */
    void giveUp(Pair pair, Instant from, Instant to);

    /** The candles of some minutes; {@code to} is exclusive. */
    void candles(Pair pair, Instant from, Instant to, List<QuoteBar> candles);

    /** The exchange refuses to give candles. */
    void noCandles(Pair pair);
  }

  private interface Question {
    void ask() throws ExchangeException, InterruptedException;
  }

  /** @param run runs something on the thread of the run */
  HistoryFill(HistoryClient client, Consumer<Runnable> run, Run producer) {
    this.client = client;
    this.run = run;
    this.producer = producer;
    this.notBefore = producer.time().nanos();
    this.candlesNotBefore = notBefore;
    this.thread =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread its = new Thread(task, "history-" + client.exchange().source());
              its.setDaemon(true);
              return its;
            });
  }

  /** Whether a question may be asked now. */
  boolean isFree(long now) {
    return !isBusy && now >= notBefore;
  }

  /** Whether candles may be asked for now. Where an exchange gives none, its trades do not wait for them. */
  boolean isFreeForCandles(long now) {
    return isFree(now) && now >= candlesNotBefore;
  }

  boolean isBusy() {
    return isBusy;
  }

  /** Asks for the trades of a minute. */
  void ask(Pair pair, Instant minute, Taker taker) {
    Instant end = minute.plus(MinuteBars.MINUTE);
    List<Exchange.RefusedRow> refused = new ArrayList<>();
    ask(
        () -> walk(pair, refused, taker).span(minute, end),
        () -> taker.complete(pair, minute, refused),
        () -> taker.leave(pair, minute));
  }

  /** @param refused gets the rows that can't be read; they may be looked at once the walk has ended */
  private TradeWalk walk(Pair pair, List<Exchange.RefusedRow> refused, Taker taker) {
    return new TradeWalk(
        client,
        pair,
        trades -> run.accept(() -> taker.take(pair, trades)),
        row -> {
          refused.add(row);
          run.accept(() -> taker.refused(pair, row));
        });
  }

  /** Asks for the oldest holes of a pair: as many as one page holds, or all of one that a page did not close. */
  void ask(PairFeed feed, List<TradeBook.Hole> due, Taker taker) {
    Pair pair = feed.pair();
    TradeBook.Hole oldest = due.get(0);
    long first = oldest.first();
    // Where a first page had nothing, there may be trades behind it: from then on a hole is asked for as a whole.
    long most = Math.max(first + client.exchange().pageSize() - 1, oldest.answers() == 0 ? 0 : oldest.last());
    long last = Math.min(oldest.last(), most);
    Instant from = oldest.from();
    Instant to = oldest.to();
    int answers = oldest.answers();
    for (TradeBook.Hole hole : due) {
      if (hole.last() <= most) {
        last = Math.max(last, hole.last());
        from = hole.from().isBefore(from) ? hole.from() : from;
        to = hole.to().isAfter(to) ? hole.to() : to;
        answers = Math.max(answers, hole.answers());
      }
    }
    long end = last;
    Instant since = from;
    Instant until = to;
    int before = answers;
    List<Exchange.RefusedRow> refused = new ArrayList<>();
    ask(
        () -> walk(pair, refused, taker).ids(first, end, since, until, before),
        () -> answered(feed, first, end, refused, taker),
        () -> postpone(feed, first, end));
  }

  /** Asks for the trades of the oldest span that was missed. */
  void askBreak(PairFeed feed, Taker taker) {
    Pair pair = feed.pair();
    PairFeed.Span span = feed.breaks().get(0);
    Instant from = span.from().minus(TradeBook.DISORDER);
    Instant to = span.to().plus(TradeBook.DISORDER);
    ask(
        () -> walk(pair, new ArrayList<>(), taker).span(from, to),
        () -> feed.breaks().remove(span),
        () -> { });
  }

  /** A refusal is no answer: the trades may be there all the same. */
  private void postpone(PairFeed feed, long first, long last) {
    long again = producer.time().nanos() + REFUSED_AGAIN.toNanos();
    feed.book().within(first, last).forEach(hole -> hole.postpone(again));
  }

  /** Asks for the candles of some minutes, at most one page. @param to exclusive */
  void askCandles(Pair pair, Instant from, Instant to, Taker taker) {
    AtomicReference<List<QuoteBar>> candles = new AtomicReference<>(List.of());
    ask(
        () -> candles.set(client.candles(pair, from, to)),
        () -> {
          producer.state().resolved(aboutCandles());
          taker.candles(pair, from, to, candles.get());
        },
        e -> {
          if (e.isDenied() || e.isMalformed()) {
            leaveCandles(e);
          } else {
            failed(e, () -> taker.noCandles(pair));
          }
        });
  }

  private void leaveCandles(ExchangeException e) {
    isBusy = false;
    Duration wait = e.retryAfter().compareTo(CANDLES_AGAIN) > 0 ? e.retryAfter() : CANDLES_AGAIN;
    candlesNotBefore = producer.time().nanos() + wait.toNanos();
    LOG.error("{}; candles are asked for again in {} s", e.getMessage(), wait.toSeconds());
    producer.state().trouble(aboutCandles(), "candles: " + e.getMessage(), producer.time().now());
  }

  /** What is still missing in a range is asked for again later. */
  private void answered(PairFeed feed, long first, long last, List<Exchange.RefusedRow> refused, Taker taker) {
    long now = producer.time().nanos();
    for (TradeBook.Hole hole : feed.book().within(first, last)) {
      for (Exchange.RefusedRow row : refused) {
        if (row.id() == null || row.id() >= hole.first() && row.id() <= hole.last()) {
          hole.refuse("the exchange's history of them can't be read: " + row.reason());
        }
      }
      if (hole.answered(now, now + AGAIN.after(hole.answers() + 1).toNanos())) {
        taker.giveUp(feed.pair(), hole.from(), hole.to());
      }
    }
  }

  private void ask(Question question, Runnable answered, Runnable refused) {
    ask(question, answered, e -> failed(e, refused));
  }

  private void ask(Question question, Runnable answered, Consumer<ExchangeException> failed) {
    isBusy = true;
    thread.execute(
        () -> {
          try {
            question.ask();
            run.accept(() -> end(answered));
          } catch (ExchangeException e) {
            run.accept(() -> failed.accept(e));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } catch (RuntimeException e) {
            LOG.error("the history of " + client.exchange().title() + " can't be read", e);
            run.accept(() -> failed.accept(ExchangeException.later(String.valueOf(e.getMessage()), Duration.ofSeconds(30))));
          }
        });
  }

  private void end(Runnable answered) {
    isBusy = false;
    backoff.succeeded();
    producer.state().resolved(about());
    answered.run();
  }

  private void failed(ExchangeException e, Runnable refused) {
    isBusy = false;
    if (e.isDenied()) {
      notBefore = producer.time().nanos() + e.retryAfter().toNanos();
      LOG.error("{}; asked again in {} s", e.getMessage(), e.retryAfter().toSeconds());
      producer.state().trouble(about(), "history: " + e.getMessage(), producer.time().now());
      return;
    }
    if (e.isRefused()) {
      LOG.error("{}", e.getMessage());
      producer.state().trouble(about(), "history: " + e.getMessage(), producer.time().now());
      notBefore = producer.time().nanos() + Duration.ofSeconds(5).toNanos();
      refused.run();
      return;
    }
    Duration wait = backoff.next(e.retryAfter());
    notBefore = producer.time().nanos() + wait.toNanos();
    LOG.warn("{}; asked again in {} s", e.getMessage(), wait.toMillis() / 1000.0);
    producer.state().trouble(about(), "history: " + e.getMessage(), producer.time().now());
  }

  private String about() {
    return "history " + client.exchange().source();
  }

  private String aboutCandles() {
    return "candles " + client.exchange().source();
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
