package io.cryptodm.producer.market;

import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Walks through the history of a pair, page after page. For one walk. */
final class TradeWalk {
  /** Ids and times of an exchange need not have the same order. */
  static final Duration DISORDER = Duration.ofSeconds(5);

  /** An exchange may count time less finely than its cursors do. */
  private static final Duration MOMENT = Duration.ofMillis(1);

  /** above every id, so that one more is the highest number */
  private static final long NEWEST = Long.MAX_VALUE - 1;

  /** Trades may be named as late as this. */
  static final Duration LATE = Duration.ofMinutes(1);

  /** How far around a hole its trades are looked for, by the answers without them: a late one carries a time of long before. */
  private static final List<Duration> AROUND = List.of(DISORDER, LATE, Duration.ofMinutes(5));

  /** How far before a span a trade is looked for that proves its begin. */
  private static final List<Duration> BACK = List.of(LATE, Duration.ofMinutes(10), Duration.ofHours(2), Duration.ofDays(1), Duration.ofDays(30));

  private final TradePages client;
  private final Pair pair;
  private final Consumer<List<MarketTrade>> each;
  /** null where a row that can't be read ends the walk */
  private final Consumer<Exchange.RefusedRow> refused;
  /** pages that were read: one that comes again would never end */
  private final Set<String> cursors = new HashSet<>();

  /** A row that can't be read ends the walk. @param each gets the trades of each page that were asked for */
  TradeWalk(TradePages client, Pair pair, Consumer<List<MarketTrade>> each) {
    this(client, pair, each, null);
  }

  /**
   * Goes on after a row that can't be read.
   *
   * @param each gets the trades of each page that were asked for
   * @param refused gets the rows that can't be read and may be what was asked for
   */
  TradeWalk(TradePages client, Pair pair, Consumer<List<MarketTrade>> each, Consumer<Exchange.RefusedRow> refused) {
    this.client = client;
    this.pair = pair;
    this.each = each;
    this.refused = refused;
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
    Exchange.Order order = exchange.order();
    Duration around = answers < AROUND.size() ? AROUND.get(answers) : DISORDER;
    String cursor =
        switch (order) {
          case BY_ID -> exchange.below(last + 1);
          case UP_BY_ID -> exchange.fromId(first);
          case BY_TIME -> exchange.from(from.minus(around));
        };
    while (cursor != null) {
      Exchange.TradePage page = page(cursor, limit(order == Exchange.Order.BY_TIME ? Long.MAX_VALUE : last - first + 1));
      give(page.trades().stream().filter(trade -> trade.id() >= first && trade.id() <= last).toList());
      refuse(page.refused().stream().filter(row -> row.id() == null || row.id() >= first && row.id() <= last).toList());
      Predicate<MarketTrade> isPast =
          switch (order) {
            case BY_ID -> trade -> trade.id() <= first;
            case UP_BY_ID -> trade -> trade.id() >= last;
            case BY_TIME -> trade -> trade.id() > last && trade.time().isAfter(to.plus(DISORDER));
          };
      cursor = page.trades().stream().anyMatch(isPast) ? null : next(cursor, page);
    }
  }

  /** Gives the trades of a span of time. @param to exclusive */
  void span(Instant from, Instant to) throws ExchangeException, InterruptedException {
    Exchange.Order order = client.exchange().order();
    walk(order == Exchange.Order.BY_TIME ? client.exchange().from(from) : begin(from, to, NEWEST), from, to, trade -> isWithin(trade, from, to));
  }

  /**
   * Gives the trades of a span of time, and those around it that prove its ends: one before it at least, and one after it, where the history has them.
   *
   * @param to exclusive
   * @param later id of a trade that is known to be {@link #LATE} after the span or more, so that its place is found sooner; null for none
   */
  void around(Instant from, Instant to, Long later) throws ExchangeException, InterruptedException {
    long start = later == null ? NEWEST : later;
    walk(client.exchange().order() == Exchange.Order.BY_TIME ? client.exchange().from(before(from)) : begin(from, to, start), from, to, trade -> true);
  }

  private static boolean isWithin(MarketTrade trade, Instant from, Instant to) {
    return !trade.time().isBefore(from) && trade.time().isBefore(to);
  }

  /** Where a walk through a history begins that is ordered by id. */
  private String begin(Instant from, Instant to, long start) throws ExchangeException, InterruptedException {
    Exchange exchange = client.exchange();
    return exchange.order() == Exchange.Order.BY_ID
        ? exchange.below(near(to.plus(LATE), start).after + 1)
        : exchange.fromId(near(from.minus(DISORDER), start).before);
  }

  /** A time before another, so that at least one trade lies between them in a history that is ordered by time; the time itself without any. */
  private Instant before(Instant time) throws ExchangeException, InterruptedException {
    for (Duration back : BACK) {
      List<MarketTrade> first = client.trades(pair, client.exchange().from(time.minus(back)), 1).trades();
      if (!first.isEmpty() && first.get(0).time().isBefore(time)) {
        return first.get(0).time();
      }
    }
    return time;
  }

  private void walk(String begin, Instant from, Instant to, Predicate<MarketTrade> isWanted) throws ExchangeException, InterruptedException {
    Exchange exchange = client.exchange();
    Exchange.Order order = exchange.order();
    String cursor = begin;
    while (cursor != null) {
      Exchange.TradePage page = page(cursor, exchange.pageSize());
      give(page.trades().stream().filter(isWanted).toList());
      refuse(page.refused().stream().filter(row -> row.time() == null || !row.time().isBefore(from) && row.time().isBefore(to)).toList());
      boolean isPast =
          order == Exchange.Order.BY_ID
              // A single trade may carry a time of long before.
              ? !page.trades().isEmpty() && page.trades().stream().allMatch(trade -> trade.time().isBefore(from.minus(DISORDER)))
              : page.trades().stream().anyMatch(trade -> !trade.time().isBefore(to.plus(order == Exchange.Order.UP_BY_ID ? LATE : DISORDER)));
      cursor = isPast ? null : next(cursor, page);
    }
  }

  /** Ids about a page apart, between which a time lies: no trade below the one is after it, none above the other before. */
  private record Between(long before, long after) {}

  /** Where a time is in a history that is ordered by id. @param start an id after it */
  private Between near(Instant time, long start) throws ExchangeException, InterruptedException {
    MarketTrade newest = trade(start);
    if (newest == null) {
      return new Between(0, NEWEST);
    }
    long after = newest.id();
    if (!newest.time().isAfter(time)) {
      // A history may lack the trade that it was to start with.
      return start == NEWEST ? new Between(after, after) : near(time, NEWEST);
    }
    int page = client.exchange().pageSize();
    // Steps back that double find an id before the time, and halves the place in between.
    long before = after;
    for (long step = page; before > 0; step *= 2) {
      before = Math.max(0, after - step);
      if (!isAfter(before, time)) {
        break;
      }
      after = before;
    }
    while (after - before > page) {
      long middle = before + (after - before) / 2;
      if (isAfter(middle, time)) {
        after = middle;
      } else {
        before = middle;
      }
    }
    return new Between(before, after);
  }

  private boolean isAfter(long id, Instant time) throws ExchangeException, InterruptedException {
    MarketTrade trade = trade(id);
    return trade == null ? client.exchange().order() == Exchange.Order.UP_BY_ID : trade.time().isAfter(time);
  }

  /** The trade with an id, or the next one that a walk would come to; null for none. */
  private MarketTrade trade(long id) throws ExchangeException, InterruptedException {
    Exchange exchange = client.exchange();
    String cursor = exchange.order() == Exchange.Order.BY_ID ? exchange.below(id + 1) : exchange.fromId(id == NEWEST ? Long.MAX_VALUE : id);
    Exchange.TradePage page = page(cursor, 1);
    if (page.trades().isEmpty() && !page.refused().isEmpty()) {
      page = page(cursor, exchange.pageSize());
    }
    return page.trades().isEmpty() ? null : page.trades().get(0);
  }

  private Exchange.TradePage page(String cursor, int limit) throws ExchangeException, InterruptedException {
    Exchange.TradePage page = client.trades(pair, cursor, limit);
    if (refused == null && !page.refused().isEmpty()) {
      String reason = page.refused().get(0).reason();
      throw ExchangeException.later("the history of " + client.exchange().title() + " is malformed: " + reason, Duration.ZERO);
    }
    return page;
  }

  private String next(String cursor, Exchange.TradePage page) throws ExchangeException {
    boolean isLast = page.next() == null || client.exchange().order() == Exchange.Order.BY_TIME && isEnd(cursor, page);
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
    if (trades.isEmpty() && page.refused().isEmpty()) {
      return true;
    }
    boolean isShort = trades.size() + page.refused().size() < client.exchange().pageSize();
    boolean isMoment = trades.isEmpty() || trades.get(0).time().plus(MOMENT).isAfter(trades.get(trades.size() - 1).time());
    return isShort && cursor.equals(page.next()) && isMoment;
  }

  private int limit(long wanted) {
    return (int) Math.min(client.exchange().pageSize(), wanted);
  }

  private void give(List<MarketTrade> trades) {
    if (!trades.isEmpty()) {
      each.accept(trades);
    }
  }

  private void refuse(List<Exchange.RefusedRow> rows) {
    for (Exchange.RefusedRow row : rows) {
      refused.accept(row);
    }
  }
}
