package io.cryptodm.producer.market;

import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** An exchange: the messages of its stream and the pages of its history. One class for each, without state of a connection. */
public interface Exchange {
  /** Its name in the header of records and in the column {@code source}. */
  String source();

  /** Its name for people. */
  String title();

  /** Whether the ids of a pair count up by one, so that a missing trade shows. */
  boolean countsIds();

  /** Headers of the request that opens a stream. */
  default Map<String, String> headers() {
    return Map.of();
  }

  /** Whether it wants to speak first: {@link Listener#ready} then says when subscriptions may be sent. */
  default boolean speaksFirst() {
    return false;
  }

  /** The messages that subscribe to the trades of some pairs. */
  List<String> subscriptions(Collection<Pair> pairs);

  /** The longest silence of a connection that is well. */
  Duration silence();

  /** Reads one message of the stream. @throws MalformedMessage if it is none of the documented ones */
  void read(String message, Listener listener);

  /** In which order its history is paged. */
  Order order();

  /** Orders of a history. */
  enum Order {
    /** newest first, below an id */
    BY_ID,
    /** oldest first, from an id on */
    UP_BY_ID,
    /** oldest first, from a time on */
    BY_TIME
  }

  /** The shortest time between two requests to its history. */
  Duration pace();

  /** Trades of a page of the history, at most. */
  int pageSize();

  /** Where a walk through the history begins that is ordered by id: below an id; below the highest number is the newest trade. */
  default String below(long id) {
    return Long.toString(id);
  }

  /** Where a walk begins through a history that goes up by id: at an id, inclusive; at the highest number is the newest trade. */
  default String fromId(long id) {
    return Long.toString(id);
  }

  /** Where a walk through the history begins that is ordered by time: at a time, inclusive. */
  default String from(Instant time) {
    return time.toString();
  }

  /** The address of a page of trades. @param cursor from {@link #below}, {@link #fromId}, {@link #from} or {@link TradePage#next} */
  URI trades(String url, Pair pair, String cursor, int limit);

  /** Reads a page of trades. @throws ExchangeException if the answer says an error. @throws MalformedMessage if it is no page */
  TradePage readTrades(Pair pair, String body) throws ExchangeException;

  /** Minutes of a page of candles, at most; 0 where it has none. */
  int candlesOfPage();

  /** The address of the candles of some minutes. @param to exclusive */
  URI candles(String url, Pair pair, Instant from, Instant to);

  /** Reads a page of candles, the running minute included. @throws ExchangeException if the answer says an error */
  List<QuoteBar> readCandles(Pair pair, String body) throws ExchangeException;

  /**
   * A page of the history.
   *
   * @param next cursor of the next page; null at the end
   * @param refused its rows that can't be read
   */
  record TradePage(List<MarketTrade> trades, String next, List<RefusedRow> refused) {
    public TradePage(List<MarketTrade> trades, String next) {
      this(trades, next, List.of());
    }
  }

  /**
   * A row of a page that can't be read.
   *
   * @param text as it came
   * @param reason for people
   * @param id null if it can't be read either
   * @param time null if it can't be read either
   */
  record RefusedRow(String text, String reason, Long id, Instant time) {}

  /** Hears what a message says. */
  interface Listener {
    void trade(MarketTrade trade);

    /**
     * The exchange is alive.
     *
     * @param pair null for all of the connection
     * @param lastId of the newest trade of the pair; 0 where it is not said
     * @param time of the exchange; null where it is not said
     */
    void heartbeat(Pair pair, long lastId, Instant time);

    /** Subscriptions may be sent now. */
    void ready();

    /** It gives no trades of a pair. @param pair null for all of a request */
    void refused(Pair pair, String reason);

    /** The connection is of no use any more. */
    void failed(String reason);
  }
}
