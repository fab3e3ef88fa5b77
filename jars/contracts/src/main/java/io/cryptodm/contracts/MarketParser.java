package io.cryptodm.contracts;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;

/**
 * Reads records of the topic of market trades. Each names a {@code pair} and is one of: a trade, {@code {"pair","id","time","price","quantity",
 * "side"}}; a hole, {@code "hole":{"first","last","from","to","state","reason"}}; what was watched, {@code "watched":{"first","last","until"}}; a candle that
 * differs, {@code "candle":{"start","cause","ours":{"o","h","l","c","v"},"theirs"}}. {@code side} and {@code until} may be absent, {@code side} null, and
 * so may one of {@code ours} and {@code theirs}; unknown fields are ignored.
 */
public final class MarketParser {
  private MarketParser() {}

  /**
   * Reads one record. Never throws on bad input.
   *
   * @param value the record's value; null counts as bad
   * @param recordTime the record's own timestamp: its times may be at most one day after it
   */
  public static MarketReading read(byte[] value, Instant recordTime) {
    if (value == null) {
      return new MarketReading(null, "the record has no value");
    }
    try (JsonParser json = WireJson.open(value)) {
      WireJson.enterRecord(json);
      Draft draft = new Draft(json, recordTime);
      Fault fault = WireJson.readFields(json, draft::take);
      WireJson.leaveRecord(json);
      if (fault != null) {
        throw fault;
      }
      return new MarketReading(draft.finish(), null);
    } catch (Fault | IllegalArgumentException | ArithmeticException e) {
      return new MarketReading(null, e.getMessage());
    } catch (IOException e) {
      return new MarketReading(null, WireJson.notJson(e));
    }
  }

  /** The record being read: of the fields of all kinds, those that it has. */
  private static final class Draft {
    private final JsonParser json;
    private final Instant recordTime;
    private String kind = "trade";
    private Pair pair;
    private Long id;
    private Instant time;
    private BigDecimal price;
    private BigDecimal quantity;
    private MarketTrade.Side side;
    private Long first;
    private Long last;
    private Instant from;
    private Instant to;
    private Instant until;
    private TradeHole.State state;
    private String reason;
    private Instant start;
    private CandleDifference.Cause cause;
    private CandleDifference.Sums ours;
    private CandleDifference.Sums theirs;

    Draft(JsonParser json, Instant recordTime) {
      this.json = json;
      this.recordTime = recordTime;
    }

    void take(String field) throws IOException {
      switch (field) {
        case "pair" -> pair = pair(once(field, pair));
        case "id" -> id = whole(once(field, id));
        case "time" -> time = instant(once(field, time));
        case "price" -> price = amount(once(field, price));
        case "quantity" -> quantity = amount(once(field, quantity));
        case "side" -> side = json.currentToken() == JsonToken.VALUE_NULL ? null : side(once(field, side));
        case "hole", "watched", "candle" -> {
          once(field, kind.equals("trade") ? null : kind);
          kind = field;
          part(this::takePart);
        }
        default -> { }
      }
    }

    private void takePart(String field) throws IOException {
      switch (field) {
        case "first" -> first = whole(once(field, first));
        case "last" -> last = whole(once(field, last));
        case "from" -> from = instant(once(field, from));
        case "to" -> to = instant(once(field, to));
        case "until" -> until = instant(once(field, until));
        case "state" -> state = state(once(field, state));
        case "reason" -> reason = WireJson.text(json, "'" + once(field, reason) + "'");
        case "start" -> start = instant(once(field, start));
        case "cause" -> cause = CandleDifference.Cause.of(WireJson.text(json, "'" + once(field, cause) + "'"));
        case "ours" -> ours = sums(once(field, ours));
        case "theirs" -> theirs = sums(once(field, theirs));
        default -> { }
      }
    }

    private void part(WireJson.FieldReader reader) throws IOException {
      if (json.currentToken() != JsonToken.START_OBJECT) {
        throw new Fault("'" + json.currentName() + "' must be an object but is " + WireJson.kind(json.currentToken()));
      }
      Fault fault = WireJson.readFields(json, reader);
      if (fault != null) {
        throw fault;
      }
    }

    private static String once(String field, Object before) {
      if (before != null) {
        throw new Fault("'" + field + "' is given twice");
      }
      return field;
    }

    private Pair pair(String field) throws IOException {
      return Pair.parse(WireJson.text(json, "'" + field + "'"));
    }

    private Long whole(String field) throws IOException {
      Long value = WireJson.whole(json);
      if (value == null || value < 0) {
        throw new Fault("'" + field + "' must be a whole number from 0 on but is " + WireJson.shown(json));
      }
      return value;
    }

    private Instant instant(String field) throws IOException {
      return WireJson.instant(WireJson.text(json, "'" + field + "'"), "'" + field + "'", recordTime);
    }

    private BigDecimal amount(String field) throws IOException {
      return WireJson.amount(json, "'" + field + "'");
    }

    private MarketTrade.Side side(String field) throws IOException {
      String text = WireJson.text(json, "'" + field + "'");
      return switch (text) {
        case "buy" -> MarketTrade.Side.BUY;
        case "sell" -> MarketTrade.Side.SELL;
        default -> throw new Fault("'side' must be buy or sell but is '" + Fault.excerpt(text) + "'");
      };
    }

    private TradeHole.State state(String field) throws IOException {
      String text = WireJson.text(json, "'" + field + "'");
      return TradeHole.State.of(text).orElseThrow(() -> new Fault("'state' must be open, closed or absent but is '" + Fault.excerpt(text) + "'"));
    }

    private CandleDifference.Sums sums(String field) throws IOException {
      if (json.currentToken() == JsonToken.VALUE_NULL) {
        return null;
      }
      SumsDraft draft = new SumsDraft();
      part(name -> draft.take(name, json));
      return draft.finish(field);
    }

    MarketRecord finish() {
      require(pair, "pair");
      return switch (kind) {
        case "hole" -> {
          range();
          require(from, "from");
          require(to, "to");
          require(state, "state");
          require(reason, "reason");
          yield new TradeHole(pair, first, last, from, to, state, reason);
        }
        case "watched" -> {
          range();
          yield new TradeWatch(pair, first, last, until);
        }
        case "candle" -> {
          require(start, "start");
          require(cause, "cause");
          yield new CandleDifference(pair, start, ours, theirs, cause);
        }
        default -> {
          require(id, "id");
          require(time, "time");
          require(price, "price");
          require(quantity, "quantity");
          yield new MarketTrade(pair, id, time, price, quantity, side);
        }
      };
    }

    private void range() {
      require(first, "first");
      require(last, "last");
    }

    static void require(Object value, String field) {
      if (value == null) {
        throw new Fault("'" + field + "' is missing");
      }
    }
  }

  private static final class SumsDraft {
    private BigDecimal open;
    private BigDecimal high;
    private BigDecimal low;
    private BigDecimal close;
    private BigDecimal volume;

    void take(String field, JsonParser json) throws IOException {
      switch (field) {
        case "o" -> open = WireJson.amount(json, "'o'");
        case "h" -> high = WireJson.amount(json, "'h'");
        case "l" -> low = WireJson.amount(json, "'l'");
        case "c" -> close = WireJson.amount(json, "'c'");
        case "v" -> volume = WireJson.volume(json, "'v'");
        default -> { }
      }
    }

    CandleDifference.Sums finish(String field) {
      for (BigDecimal value : new BigDecimal[] {open, high, low, close, volume}) {
        if (value == null) {
          throw new Fault("'" + field + "' needs o, h, l, c and v");
        }
      }
      return new CandleDifference.Sums(open, high, low, close, volume);
    }
  }
}
