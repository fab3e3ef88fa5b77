package io.cryptodm.producer.crypto;

import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.UsageException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * A recording of trades of exchanges: CSV with the columns of {@code crypto_db.market_trade}, as a query of a lake writes them, in the order of their times;
 * also compressed by gzip. Other columns are ignored.
 */
final class TradeRecording {
  private static final CSVFormat FORMAT = CSVFormat.RFC4180.builder().setIgnoreEmptyLines(true).setIgnoreSurroundingSpaces(true).build();
  private static final String ID = "trade_id";
  private static final List<String> COLUMNS = List.of("source", "asset_id", "asset_type", ID, "trade_time", "price", "quantity");

  /** Ids and times may differ in their order, but not by more than this. */
  private static final Duration DISORDER = Duration.ofMinutes(1);

  /** Refused lines that are named one by one. */
  private static final int NAMED = 20;

  private final Path file;
  private final RecordedTime times;
  private final Collection<Pair> coins;
  private final Collection<String> exchanges;
  private final boolean skipsBad;

  /**
   * Opens nothing yet.
   *
   * @param coins that are taken; all if empty
   * @param exchanges that may occur
   * @param skipsBad whether refused lines are left out; else the first one refuses the file
   */
  TradeRecording(Path file, RecordedTime times, Collection<Pair> coins, Collection<String> exchanges, boolean skipsBad) {
    this.file = file;
    this.times = times;
    this.coins = coins;
    this.exchanges = exchanges;
    this.skipsBad = skipsBad;
  }

  /** Whether a file holds trades and no bars: by its header. False for one that can't be read. */
  static boolean isOne(Path file) {
    try (BufferedReader text = Recording.open(file)) {
      String head = text.readLine();
      return head != null && !head.startsWith("{") && head.toLowerCase(Locale.ROOT).contains(ID);
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Summary of a whole recording.
   *
   * @param sources the exchange of each pair
   * @param refused number of lines that are left out
   * @param named the first of them, each with its number and reason
   */
  record Summary(long trades, Instant first, Instant last, Map<Pair, String> sources, long refused, List<String> named) {}

  /** Reads all of it once, so that an invalid line is reported before anything is sent. @throws UsageException naming file, line and reason */
  Summary check() {
    Check check = new Check();
    read(check::take, check::refuse);
    if (check.trades == 0) {
      throw new UsageException(file + ": it holds no trade" + (coins.isEmpty() ? "" : " of " + coins));
    }
    return new Summary(check.trades, check.first, check.last, check.sources, check.refused, check.named);
  }

  /** What the first reading finds. */
  private final class Check {
    private final Map<Pair, String> sources = new TreeMap<>();
    private final List<String> named = new ArrayList<>();
    private long trades;
    private long refused;
    private Instant first;
    private Instant last = Instant.MIN;

    boolean take(String source, MarketTrade trade) {
      String other = sources.putIfAbsent(trade.pair(), source);
      if (other != null && !other.equals(source)) {
        throw new IllegalArgumentException(
            trade.pair() + " has trades of " + other + " and of " + source + ": one exchange makes the bars of a coin, so choose one by 'where source ='");
      }
      if (trade.time().isBefore(last.equals(Instant.MIN) ? last : last.minus(DISORDER))) {
        throw new IllegalArgumentException("is of " + trade.time() + ", before the one above of " + last + ": sort them by 'order by trade_time, trade_id'");
      }
      trades++;
      first = first == null || trade.time().isBefore(first) ? trade.time() : first;
      last = trade.time().isAfter(last) ? trade.time() : last;
      return true;
    }

    void refuse(String reason) {
      refused++;
      if (named.size() < NAMED) {
        named.add(reason);
      }
    }
  }

  /** A line that is no trade. */
  private static final class NoTrade extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NoTrade(String reason) {
      super(reason);
    }
  }

  /** Hears of a line that is left out. */
  private interface Refusals {
    void refuse(String reason);
  }

  /** Passes on each trade with its exchange, as long as {@code taker} returns true. @throws UsageException as {@link #check} */
  void forEach(BiPredicate<String, MarketTrade> taker) {
    read(taker, reason -> { });
  }

  private void read(BiPredicate<String, MarketTrade> taker, Refusals refusals) {
    long line = 1;
    try (BufferedReader text = Recording.open(file); CSVParser parser = CSVParser.parse(text, FORMAT)) {
      Map<String, Integer> places = null;
      for (CSVRecord record : parser) {
        line = parser.getCurrentLineNumber();
        if (places == null) {
          places = places(record);
          continue;
        }
        MarketTrade trade;
        String source = cell(record, places, "source");
        try {
          trade = trade(record, places, source);
        } catch (NoTrade e) {
          if (!skipsBad) {
            throw e;
          }
          refusals.refuse("line " + line + ": " + e.getMessage());
          continue;
        }
        if ((coins.isEmpty() || coins.contains(trade.pair())) && !taker.test(source, trade)) {
          return;
        }
      }
    } catch (NoTrade | IllegalArgumentException e) {
      throw new UsageException(file + ", line " + line + ": " + e.getMessage());
    } catch (IOException | UncheckedIOException e) {
      throw new UsageException(file + ", after line " + line + ": cannot be read: " + e.getMessage());
    }
  }

  private static Map<String, Integer> places(CSVRecord head) {
    Map<String, Integer> places = new HashMap<>();
    for (int i = 0; i < head.size(); i++) {
      places.putIfAbsent(head.get(i).replace("\uFEFF", "").toLowerCase(Locale.ROOT), i);
    }
    for (String name : COLUMNS) {
      if (!places.containsKey(name)) {
        throw new IllegalArgumentException("column '" + name + "' is missing; trades have " + String.join(", ", COLUMNS));
      }
    }
    return places;
  }

  private static String cell(CSVRecord record, Map<String, Integer> places, String name) {
    int place = places.get(name);
    return place < record.size() ? record.get(place) : "";
  }

  private MarketTrade trade(CSVRecord record, Map<String, Integer> places, String source) {
    if (!exchanges.contains(source)) {
      throw new NoTrade("'source' must be one of " + String.join(", ", exchanges) + " but is '" + source + "'");
    }
    try {
      Pair pair = Pair.parse(cell(record, places, "asset_id") + "/" + cell(record, places, "asset_type"));
      Instant time = Instant.parse(times.wire(cell(record, places, "trade_time")));
      BigDecimal price = new BigDecimal(cell(record, places, "price"));
      return new MarketTrade(pair, Long.parseLong(cell(record, places, ID)), time, price, new BigDecimal(cell(record, places, "quantity")), null);
    } catch (NumberFormatException e) {
      throw new NoTrade("a number can't be read: " + e.getMessage());
    } catch (DateTimeException | IllegalArgumentException | ArithmeticException e) {
      throw new NoTrade(e.getMessage());
    }
  }
}
