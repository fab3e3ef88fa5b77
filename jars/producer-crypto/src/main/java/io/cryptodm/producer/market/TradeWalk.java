package io.cryptodm.producer.market;

import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;

/** Walks through the history of a pair, page after page. */
final class TradeWalk {
  /** Ids and times of an exchange need not have the same order. */
  private static final Duration DISORDER = Duration.ofSeconds(5);

  /** Trades may be named as late as this. */
  private static final Duration LATE = Duration.ofMinutes(1);

  /** How far around a hole its trades are looked for, by the answers without them: a late one carries a time of long before. */
  private static final List<Duration> AROUND = List.of(DISORDER, LATE, Duration.ofMinutes(5));

  private final HistoryClient client;
  private final Pair pair;
  private final Consumer<List<MarketTrade>> each;

  /** @param each gets the trades of each page that were asked for */
  TradeWalk(HistoryClient client, Pair pair, Consumer<List<MarketTrade>> each) {
    this.client = client;
    this.pair = pair;
    this.each = each;
  }

  /**
   * Gives the trades of a range of ids, both ends included. When it returns, the history has answered for all of them.
   *
   * @param from time of a trade before them
   * @param to time of a trade after them
   * @param answers how often the history has answered without them
   */
  void ids(long first, long last, Instant from, Instant to, int answers) throws ExchangeException, InterruptedException {
    Exchange exchange = client.exchange();
    boolean isDown = exchange.order() == Exchange.Order.BY_ID;
    String cursor = isDown ? exchange.below(last + 1) : exchange.from(from.minus(answers < AROUND.size() ? AROUND.get(answers) : DISORDER));
    while (cursor != null) {
      Exchange.TradePage page = client.trades(pair, cursor, limit(isDown ? last - first + 1 : Long.MAX_VALUE));
      give(page.trades().stream().filter(trade -> trade.id() >= first && trade.id() <= last).toList());
      boolean isPast =
          isDown
              ? page.trades().stream().anyMatch(trade -> trade.id() <= first)
              : page.trades().stream().anyMatch(trade -> trade.id() > last && trade.time().isAfter(to.plus(DISORDER)));
      cursor = isPast ? null : next(cursor, page);
    }
  }

  /** Gives the trades of a span of time. @param to exclusive */
  void span(Instant from, Instant to) throws ExchangeException, InterruptedException {
    Exchange exchange = client.exchange();
    boolean isDown = exchange.order() == Exchange.Order.BY_ID;
    String cursor = isDown ? below(to.plus(LATE)) : exchange.from(from);
    while (cursor != null) {
      Exchange.TradePage page = client.trades(pair, cursor, exchange.pageSize());
      give(page.trades().stream().filter(trade -> !trade.time().isBefore(from) && trade.time().isBefore(to)).toList());
      boolean isPast =
          isDown
              // A single trade may carry a time of long before.
              ? page.trades().stream().allMatch(trade -> trade.time().isBefore(from.minus(DISORDER)))
              : page.trades().stream().anyMatch(trade -> !trade.time().isBefore(to.plus(DISORDER)));
      cursor = isPast ? null : next(cursor, page);
    }
  }

  /** Where a page begins that holds the trades before a time, in a history that is ordered by id. */
  private String below(Instant time) throws ExchangeException, InterruptedException {
    Exchange exchange = client.exchange();
    MarketTrade newest = newest(exchange.below(Long.MAX_VALUE));
    if (newest == null || !newest.time().isAfter(time)) {
      return exchange.below(newest == null ? Long.MAX_VALUE : newest.id() + 1);
    }
    long after = newest.id();
    // Steps back that double find an id before the time, and halves the place in between.
    long before = after;
    for (long step = exchange.pageSize(); before > 0; step *= 2) {
      before = Math.max(0, after - step);
      MarketTrade trade = newest(exchange.below(before + 1));
      if (trade == null || !trade.time().isAfter(time)) {
        break;
      }
      after = before;
    }
    while (after - before > exchange.pageSize()) {
      long middle = before + (after - before) / 2;
      MarketTrade trade = newest(exchange.below(middle + 1));
      if (trade == null || !trade.time().isAfter(time)) {
        before = middle;
      } else {
        after = middle;
      }
    }
    return exchange.below(after + 1);
  }

  private MarketTrade newest(String cursor) throws ExchangeException, InterruptedException {
    List<MarketTrade> trades = client.trades(pair, cursor, 1).trades();
    return trades.isEmpty() ? null : trades.get(0);
  }

  private String next(String cursor, Exchange.TradePage page) throws ExchangeException {
    if (cursor.equals(page.next())) {
      throw ExchangeException.later("the history of " + client.exchange().title() + " does not get past " + cursor, Duration.ofSeconds(10));
    }
    boolean isLast = page.next() == null || client.exchange().order() == Exchange.Order.BY_TIME && page.trades().isEmpty();
    return isLast ? null : page.next();
  }

  private int limit(long wanted) {
    return (int) Math.min(client.exchange().pageSize(), wanted);
  }

  private void give(List<MarketTrade> trades) {
    if (!trades.isEmpty()) {
      each.accept(trades);
    }
  }
}
