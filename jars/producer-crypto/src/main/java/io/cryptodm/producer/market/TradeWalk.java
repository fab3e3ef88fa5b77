package io.cryptodm.producer.market;

import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Walks through the history of a pair, page after page. For one walk. */
final class TradeWalk {
  /** Ids and times of an exchange need not have the same order. */
  private static final Duration DISORDER = Duration.ofSeconds(5);

  /** An exchange may count time less finely than its cursors do. */
  private static final Duration MOMENT = Duration.ofMillis(1);

  private final HistoryClient client;
  private final Pair pair;
  private final Consumer<List<MarketTrade>> each;
  /** pages that were read: one that comes again would never end */
  private final Set<String> cursors = new HashSet<>();

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
   */
  void ids(long first, long last, Instant from, Instant to) throws ExchangeException, InterruptedException {
    Exchange exchange = client.exchange();
    boolean isDown = exchange.order() == Exchange.Order.BY_ID;
    String cursor = isDown ? exchange.below(last + 1) : exchange.from(from.minus(DISORDER));
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
    String cursor = isDown ? below(to.plus(DISORDER)) : exchange.from(from);
    while (cursor != null) {
      Exchange.TradePage page = client.trades(pair, cursor, exchange.pageSize());
      give(page.trades().stream().filter(trade -> !trade.time().isBefore(from) && trade.time().isBefore(to)).toList());
      boolean isPast =
          isDown
              ? page.trades().stream().anyMatch(trade -> trade.time().isBefore(from.minus(DISORDER)))
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
    boolean isLast = page.next() == null || client.exchange().order() == Exchange.Order.BY_TIME && (page.trades().isEmpty() || isEnd(cursor, page));
    if (isLast) {
      return null;
    }
    cursors.add(cursor);
    if (cursors.contains(page.next())) {
      throw ExchangeException.later("the history of " + client.exchange().title() + " does not get past " + page.next(), Duration.ofSeconds(10));
    }
    return page.next();
  }

  /** The next page would begin at the time of the last trade again, and there is nothing after it. */
  private boolean isEnd(String cursor, Exchange.TradePage page) {
    List<MarketTrade> trades = page.trades();
    boolean isShort = trades.size() < client.exchange().pageSize();
    return isShort && cursor.equals(page.next()) && trades.get(0).time().plus(MOMENT).isAfter(trades.get(trades.size() - 1).time());
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
