package io.cryptodm.contracts;

import java.nio.charset.StandardCharsets;

/** Where an event came from: the record header {@value #HEADER}, UTF-8, one of the names below. */
public final class Sources {
  public static final String HEADER = "source";

  /**
   * A header beside it, of records that a backfill of market trades has sent, bars among them: a producer that looks for where an earlier one was leaves them out.
   * Its value is when the backfill began, in milliseconds since 1970.
   */
  public static final String BACKFILL = "backfill";

  /** A latest bar polled from Alpaca. */
  public static final String ALPACA = "alpaca";

  /** A missed bar, asked from Alpaca's history. */
  public static final String ALPACA_HISTORY = "alpaca-history";

  /** A simulated bar. */
  public static final String SIMULATE = "simulate";

  /** A recorded bar. */
  public static final String REPLAY = "replay";

  /** A trade of Coinbase Exchange, or a bar of such trades. */
  public static final String COINBASE = "coinbase";

  /** A trade of Kraken, or a bar of such trades. */
  public static final String KRAKEN = "kraken";

  /** A trade of Alpaca's stream, or a bar of such trades. */
  public static final String ALPACA_STREAM = "alpaca-stream";

  /** Added to the name of an exchange: a bar of its own candles, which stand for minutes before its trades were followed. */
  public static final String CANDLES = "-candles";

  /** A simulated trade. */
  public static final String TRADER = "trader";

  /** A trade made by hand. */
  public static final String USER = "user";

  /** The header is missing or empty. */
  public static final String UNKNOWN = "unknown";

  private static final int MAX_LENGTH = 64;

  private Sources() {}

  /**
   * True if the bars of a source may hold prices of quotes even where somebody traded: the highs and lows of Alpaca's bars may be mid-prices
   * (docs.alpaca.markets/docs/historical-crypto-data-1).
   */
  public static boolean mixesQuotes(String source) {
    return source.equals(ALPACA) || source.equals(ALPACA_HISTORY);
  }

  /** The source that a header's value names; {@link #UNKNOWN} when there is none. Cut to 64 characters. */
  public static String of(byte[] headerValue) {
    if (headerValue == null || headerValue.length == 0) {
      return UNKNOWN;
    }
    String text = new String(headerValue, StandardCharsets.UTF_8).strip();
    return text.isEmpty() ? UNKNOWN : text.length() > MAX_LENGTH ? text.substring(0, MAX_LENGTH) : text;
  }
}
