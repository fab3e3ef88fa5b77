package io.cryptodm.contracts;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Reads quote records in Alpaca's wire form
 * ({@code https://docs.alpaca.markets/reference/cryptolatestbars-1}): {@code {"bars":{"BTC/USD":{"c","h","l","n","o","t","v","vw"}}}}.
 * {@code n}, {@code vw} and our own {@code complete} may be null or absent; unknown fields are ignored. A record may also hold, with or without bars,
 * {@code "coverage":{"pair","from","to","state"}} ({@link Coverage}).
 */
public final class QuoteParser {
  private QuoteParser() {}

  /** The bars of a record without its coverage; otherwise as {@link #read(byte[], Instant)}. */
  public static Parsed<QuoteBar> parse(byte[] value, Instant recordTime) {
    QuoteRecord record = read(value, recordTime);
    return new Parsed<>(record.bars(), record.faults());
  }

  /**
   * Reads one record. Never throws on bad input: it returns the valid bars, and a reason for each invalid one. A bar whose high or low is
   * wrong is valid with a wider range, and has a reason, too. A record that is not JSON returns no bar at all.
   *
   * @param value the record's value; null counts as bad
   * @param recordTime the record's own timestamp: a bar may start at most one day after it
   */
  public static QuoteRecord read(byte[] value, Instant recordTime) {
    if (value == null) {
      return QuoteRecord.fault("the record has no value");
    }
    try (JsonParser json = WireJson.open(value)) {
      return read(json, recordTime);
    } catch (Fault fault) {
      return QuoteRecord.fault(fault.getMessage());
    } catch (IOException e) {
      return QuoteRecord.fault(WireJson.notJson(e));
    }
  }

  private static QuoteRecord read(JsonParser json, Instant recordTime) throws IOException {
    WireJson.enterRecord(json);
    List<QuoteBar> bars = new ArrayList<>(1);
    List<String> faults = new ArrayList<>(0);
    boolean found = false;
    boolean covers = false;
    Coverage coverage = null;
    Consumer<BarReading> each =
        reading -> {
          if (reading.fault() != null) {
            faults.add(reading.reason());
          }
          if (!reading.isRefused()) {
            bars.add(reading.bar());
          }
        };
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String field = json.currentName();
      JsonToken token = json.nextToken();
      if (field.equals("coverage")) {
        coverage = covers ? null : readCoverage(json, token, recordTime, faults);
        if (covers) {
          faults.add("'coverage' is given twice in the record");
          json.skipChildren();
        }
        covers = true;
      } else if (!field.equals("bars")) {
        json.skipChildren();
      } else if (found) {
        faults.add("'bars' is given twice in the record");
        json.skipChildren();
      } else {
        found = true;
        if (token == JsonToken.START_OBJECT) {
          readBars(json, null, recordTime, each);
        } else {
          faults.add("'bars' must be an object but is " + WireJson.kind(token));
          json.skipChildren();
        }
      }
    }
    WireJson.leaveRecord(json);
    if (!found) {
      faults.add("the record has no 'bars'");
    } else if (bars.isEmpty() && !covers && faults.isEmpty()) {
      faults.add("'bars' is empty");
    }
    return new QuoteRecord(bars, coverage, faults);
  }

  private static Coverage readCoverage(JsonParser json, JsonToken token, Instant recordTime, List<String> faults) throws IOException {
    if (token != JsonToken.START_OBJECT) {
      faults.add("'coverage' must be an object but is " + WireJson.kind(token));
      json.skipChildren();
      return null;
    }
    try {
      return CoverageDraft.read(json, recordTime);
    } catch (Fault fault) {
      faults.add("coverage: " + fault.getMessage());
      return null;
    }
  }

  /**
   * Reads an object of bars by their symbols to its closing brace.
   *
   * @param source what is parsed, for the texts of bars with a fault; null to leave these out
   */
  static void readBars(JsonParser json, byte[] source, Instant recordTime, Consumer<BarReading> each) throws IOException {
    Set<String> seen = null;
    String first = null;
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String symbol = json.currentName();
      json.nextToken();
      boolean isRepeat = false;
      if (first == null) {
        first = symbol;
      } else {
        // One record has one revision: two bars of one pair in it would have the same revision.
        seen = seen == null ? new HashSet<>(Set.of(first)) : seen;
        isRepeat = !seen.add(symbol);
      }
      each.accept(readBar(json, symbol, source, recordTime, isRepeat ? new Fault("the pair is given twice in the record") : null));
    }
  }

  /** Reads one bar to its end, valid or not. */
  static BarReading readBar(JsonParser json, String symbol, byte[] source, Instant recordTime) throws IOException {
    return readBar(json, symbol, source, recordTime, null);
  }

  private static BarReading readBar(JsonParser json, String symbol, byte[] source, Instant recordTime, Fault known) throws IOException {
    long begin = source == null ? 0 : json.currentTokenLocation().getByteOffset();
    Draft draft = new Draft();
    draft.fault = known;
    if (json.currentToken() == JsonToken.START_OBJECT) {
      WireJson.readFields(json, field -> draft.takeSafely(field, json, recordTime));
    } else {
      draft.fault = known != null ? known : new Fault("must be an object but is " + WireJson.kind(json.currentToken()));
      json.skipChildren();
    }
    QuoteBar bar = draft.finish(symbol);
    if (draft.fault == null) {
      return new BarReading(symbol, bar, null, bar.start(), null);
    }
    return new BarReading(symbol, bar, draft.fault.getMessage(), draft.minute(), source == null ? null : text(json, source, begin));
  }

  private static String text(JsonParser json, byte[] source, long begin) throws IOException {
    json.finishToken();
    return new String(source, (int) begin, (int) (json.currentLocation().getByteOffset() - begin), StandardCharsets.UTF_8);
  }

  /** The bar being read. */
  private static final class Draft {
    private BigDecimal open;
    private BigDecimal high;
    private BigDecimal low;
    private BigDecimal close;
    private BigDecimal volume;
    private BigDecimal vwap;
    private Long tradeCount;
    private Boolean complete;
    private Instant time;
    private Instant start;
    private int taken;

    /** The first one. */
    private Fault fault;

    /** Goes on after a fault, because the bar's time is needed all the same. */
    void takeSafely(String field, JsonParser json, Instant recordTime) throws IOException {
      try {
        take(field, json, recordTime);
      } catch (Fault found) {
        fault = fault == null ? found : fault;
      }
    }

    /** Start of the minute of its time; null if that can't be read. */
    Instant minute() {
      return time == null ? null : time.truncatedTo(ChronoUnit.MINUTES);
    }

    private void take(String field, JsonParser json, Instant recordTime) throws IOException {
      switch (field) {
        case "o" -> open = price(json, once(field, 1));
        case "h" -> high = price(json, once(field, 2));
        case "l" -> low = price(json, once(field, 4));
        case "c" -> close = price(json, once(field, 8));
        case "v" -> volume = volume(json, once(field, 16));
        case "vw" -> vwap = isNull(json, once(field, 32)) ? null : WireJson.amount(json, "'vw'");
        case "n" -> tradeCount = isNull(json, once(field, 64)) ? null : count(json);
        case "complete" -> complete = isNull(json, once(field, 256)) ? null : flag(json);
        case "t" -> {
          once(field, 128);
          String text = WireJson.text(json, "time 't'");
          time = WireJson.instant(text, "time 't'", recordTime);
          start = wholeMinute(time, text);
        }
        default -> { }
      }
    }

    private String once(String field, int bit) {
      if ((taken & bit) != 0) {
        throw new Fault("'" + field + "' is given twice");
      }
      taken |= bit;
      return field;
    }

    private static boolean isNull(JsonParser json, String field) {
      return json.currentToken() == JsonToken.VALUE_NULL;
    }

    private static BigDecimal price(JsonParser json, String field) throws IOException {
      String label = "price '" + field + "'";
      BigDecimal price = WireJson.amount(json, label);
      if (price.signum() <= 0) {
        throw new Fault(label + " must be above 0 but is " + WireJson.shown(json));
      }
      return price;
    }

    private static BigDecimal volume(JsonParser json, String field) throws IOException {
      BigDecimal volume = WireJson.volume(json, "volume 'v'");
      if (volume.signum() < 0) {
        throw new Fault("volume 'v' must not be below 0 but is " + WireJson.shown(json));
      }
      return volume;
    }

    private static Long count(JsonParser json) throws IOException {
      Long count = WireJson.whole(json);
      if (count != null && count >= 0) {
        return count;
      }
      throw new Fault("trade count 'n' must be a whole number from 0 on but is " + WireJson.shown(json));
    }

    private static Boolean flag(JsonParser json) throws IOException {
      if (!json.currentToken().isBoolean()) {
        throw new Fault("'complete' must be true or false but is " + WireJson.shown(json));
      }
      return json.getBooleanValue();
    }

    private static Instant wholeMinute(Instant time, String text) {
      if (time.getNano() != 0 || time.getEpochSecond() % 60 != 0) {
        throw new Fault("time 't' must be a whole minute but is " + Fault.excerpt(text));
      }
      return time;
    }

    /** The bar, perhaps with a correction that the fault names; null if it is refused. */
    QuoteBar finish(String symbol) {
      try {
        Pair pair = pair(symbol);
        if (fault != null) {
          return null;
        }
        require(close, "price 'c'");
        require(high, "price 'h'");
        require(low, "price 'l'");
        require(open, "price 'o'");
        require(start, "time 't'");
        require(volume, "volume 'v'");
        widen();
        return new QuoteBar(pair, start, open, high, low, close, volume, average(), tradeCount, complete);
      } catch (Fault found) {
        fault = found;
        return null;
      }
    }

    private static Pair pair(String symbol) {
      try {
        return Pair.parse(symbol);
      } catch (IllegalArgumentException e) {
        throw new Fault(e.getMessage());
      }
    }

    /** Sources without an average may write 0. */
    private BigDecimal average() {
      if (vwap != null && vwap.signum() < 0) {
        throw new Fault("'vw' must not be below 0 but is " + Money.text(vwap));
      }
      return vwap == null || vwap.signum() == 0 ? null : vwap;
    }

    /** Open and close were traded, so they are within the range, whatever the source says of its ends. */
    private void widen() {
      BigDecimal highest = high.max(low).max(open).max(close);
      BigDecimal lowest = low.min(high).min(open).min(close);
      if (highest.compareTo(high) > 0 || lowest.compareTo(low) < 0) {
        fault =
            new Fault(
                "its prices go from " + Money.text(lowest) + " to " + Money.text(highest) + ", but its low is " + Money.text(low) + " and its high "
                    + Money.text(high) + ": taken with the wider range");
        high = highest;
        low = lowest;
      }
    }

    private static void require(Object value, String label) {
      if (value == null) {
        throw new Fault(label + " is missing");
      }
    }
  }
}
