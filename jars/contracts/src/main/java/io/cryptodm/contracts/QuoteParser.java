package io.cryptodm.contracts;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads quote records in Alpaca's wire form
 * ({@code https://docs.alpaca.markets/reference/cryptolatestbars-1}): {@code {"bars":{"BTC/USD":{"c","h","l","n","o","t","v","vw"}}}}.
 * {@code n} and {@code vw} may be null or absent; unknown fields are ignored. A record may also hold, with or without bars,
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
   * Reads one record. Never throws on bad input: it returns the valid bars, and a reason for each invalid one. A record that is not JSON
   * returns no bar at all.
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
          readBars(json, recordTime, bars, faults);
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

  private static void readBars(JsonParser json, Instant recordTime, List<QuoteBar> bars, List<String> faults) throws IOException {
    Set<String> seen = null;
    String first = null;
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String symbol = json.currentName();
      JsonToken token = json.nextToken();
      try {
        if (first == null) {
          first = symbol;
        } else {
          // One record has one revision: two bars of one pair in it would have the same revision.
          seen = seen == null ? new HashSet<>(Set.of(first)) : seen;
          if (!seen.add(symbol)) {
            throw new Fault("the pair is given twice in the record");
          }
        }
        if (token != JsonToken.START_OBJECT) {
          throw new Fault("must be an object but is " + WireJson.kind(token));
        }
        bars.add(readBar(json, symbol, recordTime));
      } catch (Fault fault) {
        faults.add("bar " + Fault.excerpt(symbol) + ": " + fault.getMessage());
        if (json.currentToken() == JsonToken.START_OBJECT || json.currentToken() == JsonToken.START_ARRAY) {
          json.skipChildren();
        }
      }
    }
  }

  /** Reads one bar to its closing brace, even when it is invalid. */
  static QuoteBar readBar(JsonParser json, String symbol, Instant recordTime) throws IOException {
    Draft draft = new Draft();
    draft.fault = WireJson.readFields(json, field -> draft.take(field, json, recordTime));
    return draft.finish(symbol);
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
    private Instant start;
    private int taken;
    private Fault fault;

    void take(String field, JsonParser json, Instant recordTime) throws IOException {
      switch (field) {
        case "o" -> open = price(json, once(field, 1));
        case "h" -> high = price(json, once(field, 2));
        case "l" -> low = price(json, once(field, 4));
        case "c" -> close = price(json, once(field, 8));
        case "v" -> volume = volume(json, once(field, 16));
        case "vw" -> vwap = isNull(json, once(field, 32)) ? null : WireJson.amount(json, "'vw'");
        case "n" -> tradeCount = isNull(json, once(field, 64)) ? null : count(json);
        case "t" -> start = start(json, once(field, 128), recordTime);
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
      BigDecimal volume = WireJson.amount(json, "volume 'v'");
      if (volume.signum() < 0) {
        throw new Fault("volume 'v' must not be below 0 but is " + WireJson.shown(json));
      }
      return volume;
    }

    private static Long count(JsonParser json) throws IOException {
      if (json.currentToken() == JsonToken.VALUE_NUMBER_INT) {
        JsonParser.NumberType type = json.getNumberType();
        if (type != JsonParser.NumberType.BIG_INTEGER && json.getLongValue() >= 0) {
          return json.getLongValue();
        }
      }
      throw new Fault("trade count 'n' must be a whole number from 0 on but is " + WireJson.shown(json));
    }

    private static Instant start(JsonParser json, String field, Instant recordTime) throws IOException {
      String text = WireJson.text(json, "time 't'");
      Instant start = WireJson.instant(text, "time 't'", recordTime);
      if (start.getNano() != 0 || start.getEpochSecond() % 60 != 0) {
        throw new Fault("time 't' must be a whole minute but is " + Fault.excerpt(text));
      }
      return start;
    }

    QuoteBar finish(String symbol) {
      Pair pair;
      try {
        pair = Pair.parse(symbol);
      } catch (IllegalArgumentException e) {
        throw new Fault(e.getMessage());
      }
      if (fault != null) {
        throw fault;
      }
      require(close, "price 'c'");
      require(high, "price 'h'");
      require(low, "price 'l'");
      require(open, "price 'o'");
      require(start, "time 't'");
      require(volume, "volume 'v'");
      inRange("open 'o'", open);
      inRange("close 'c'", close);
      if (vwap != null && vwap.signum() <= 0) {
        // Sources without an average for a minute without trades may write 0.
        if (vwap.signum() < 0 || volume.signum() > 0) {
          throw new Fault("'vw' must be above 0 but is " + Money.text(vwap));
        }
        vwap = null;
      }
      return new QuoteBar(pair, start, open, high, low, close, volume, vwap, tradeCount);
    }

    private static void require(Object value, String label) {
      if (value == null) {
        throw new Fault(label + " is missing");
      }
    }

    private void inRange(String label, BigDecimal price) {
      if (price.compareTo(low) < 0 || price.compareTo(high) > 0) {
        throw new Fault(
            label + " must lie between low " + Money.text(low) + " and high " + Money.text(high) + " but is " + Money.text(price));
      }
    }
  }
}
