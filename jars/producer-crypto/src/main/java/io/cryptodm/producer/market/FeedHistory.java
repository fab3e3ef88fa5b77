package io.cryptodm.producer.market;

import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.producer.Run;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses what the history of an exchange is asked next, the most urgent first, and takes the answers. For one thread. */
final class FeedHistory implements HistoryFill.Taker, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FeedHistory.class);

  /** Rows of a run that are kept as bad records: more of them would say nothing new. */
  private static final int MOST_REFUSED = 1000;

  private final Set<String> refusedRows = new HashSet<>();
  private final FeedTrades trades;
  private final FeedCandles candles;
  private final HistoryFill history;
  private final Run run;

  /** @param post runs something on the thread of the run */
  FeedHistory(HistoryClient client, FeedTrades trades, FeedCandles candles, Run run, Consumer<Runnable> post) {
    this.trades = trades;
    this.candles = candles;
    this.run = run;
    this.history = new HistoryFill(client, post, run);
  }

  /** Asks one question, if the history may be asked now. */
  void ask(long now) {
    if (!history.isFree(now)) {
      return;
    }
    PairFeed oldest = null;
    List<TradeBook.Hole> holes = List.of();
    for (PairFeed feed : trades.feeds()) {
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
    for (PairFeed feed : trades.feeds()) {
      if (!feed.breaks().isEmpty()) {
        history.askBreak(feed, this);
        return;
      }
    }
    for (Map.Entry<Pair, PairBars> entry : trades.bars().entrySet()) {
      List<Instant> partial = entry.getValue().partial();
      if (!partial.isEmpty()) {
        history.ask(entry.getKey(), partial.get(0), this);
        return;
      }
    }
    FeedCandles.Question question = history.isFreeForCandles(now) ? candles.due() : null;
    if (question != null) {
      history.askCandles(question.pair(), question.span().from(), question.span().to(), this);
    }
  }

  /** Whether a question is under way. */
  boolean isBusy() {
    return history.isBusy();
  }

  @Override
  public void take(Pair pair, List<MarketTrade> found) {
    PairFeed feed = trades.feed(pair);
    PairBars its = trades.bars().get(pair);
    for (MarketTrade trade : found) {
      if (its != null) {
        its.minutes().collect(MinuteBars.minuteOf(trade.time()), List.of(trade));
      }
      trades.take(feed, trade, new TradeBook.Finding(run.time().nanos(), "the history was not read in order", true));
    }
  }

  @Override
  public void refused(Pair pair, Exchange.RefusedRow row) {
    Exchange exchange = trades.exchange();
    String message = "the history of " + exchange.title() + " has a row of " + pair + " that can't be read: " + row.reason();
    run.state().error(message, run.time().now());
    // It is asked for again and again.
    if (refusedRows.size() < MOST_REFUSED && refusedRows.add(pair + " " + row.text())) {
      LOG.warn("{}", message);
      trades.noteSent(run.sendRefused(exchange.source(), row.text().getBytes(StandardCharsets.UTF_8)));
    }
  }

  @Override
  public void complete(Pair pair, Instant minute, List<Exchange.RefusedRow> refused) {
    TradeBook book = trades.feed(pair).book();
    // An id between others that are known is a hole, which says more than a minute that is not sure.
    boolean isSure = refused.stream().allMatch(row -> row.id() != null && row.id() >= book.first() && row.id() <= book.last());
    trades.bars().get(pair).minutes().complete(minute, isSure);
  }

  @Override
  public void giveUp(Pair pair, Instant from, Instant to) {
    PairBars its = trades.bars().get(pair);
    if (its != null) {
      its.giveUp(from, to);
    }
  }

  @Override
  public void leave(Pair pair, Instant minute) {
    trades.bars().get(pair).minutes().leave(minute);
  }

  @Override
  public void candles(Pair pair, Instant from, Instant to, List<QuoteBar> found) {
    candles.take(pair, new CandleCheck.Span(from, to), found);
  }

  @Override
  public void noCandles(Pair pair) {
    candles.refused(pair);
  }

  @Override
  public void close() {
    history.close();
  }
}
