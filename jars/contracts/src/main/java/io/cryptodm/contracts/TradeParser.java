package io.cryptodm.contracts;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;

/**
 * Reads trade records: {@code {"transaction_id","document_id","asset_id","asset_type","transaction_timestamp","trade_type","quantity",
 * "ref_date"}}. {@code ref_date} may be null or absent; unknown fields are ignored.
 */
public final class TradeParser {
  private static final int MAX_ID = 200;

  private TradeParser() {}

  /**
   * Reads one record. Never throws on bad input: it returns either an event or a reason.
   *
   * @param value the record's value; null counts as bad
   * @param recordTime the record's own timestamp: a trade may be made at most one day after it
   */
  public static Parsed<TradeEvent> parse(byte[] value, Instant recordTime) {
    if (value == null) {
      return Parsed.fault("the record has no value");
    }
    try (JsonParser json = WireJson.open(value)) {
      WireJson.enterRecord(json);
      Draft draft = new Draft();
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String field = json.currentName();
        json.nextToken();
        draft.tryTake(field, json, recordTime);
        json.skipChildren();
      }
      WireJson.leaveRecord(json);
      return new Parsed<>(List.of(draft.finish()), List.of());
    } catch (Fault fault) {
      return Parsed.fault(fault.getMessage());
    } catch (IOException e) {
      return Parsed.fault(WireJson.notJson(e));
    }
  }

  /** The trade being read. */
  private static final class Draft {
    private String transactionId;
    private String documentId;
    private String base;
    private String quote;
    private Instant timestamp;
    private TradeEvent.Type type;
    private BigDecimal quantity;
    private LocalDate refDate;
    private Fault fault;

    /** Keeps the first fault and reads on to the end: that the JSON is broken matters more than a wrong value. */
    void tryTake(String field, JsonParser json, Instant recordTime) throws IOException {
      if (fault != null) {
        return;
      }
      try {
        take(field, json, recordTime);
      } catch (Fault caught) {
        fault = caught;
      }
    }

    private void take(String field, JsonParser json, Instant recordTime) throws IOException {
      switch (field) {
        case "transaction_id" -> transactionId = id(field, transactionId, json);
        case "document_id" -> documentId = id(field, documentId, json);
        case "asset_id" -> base = symbol(field, base, json);
        case "asset_type" -> quote = symbol(field, quote, json);
        case "transaction_timestamp" -> {
          once(field, timestamp);
          timestamp = WireJson.instant(WireJson.text(json, "'" + field + "'"), "'" + field + "'", recordTime);
        }
        case "trade_type" -> {
          once(field, type);
          type = type(json);
        }
        case "quantity" -> {
          once(field, quantity);
          quantity = quantity(json);
        }
        case "ref_date" -> {
          once(field, refDate);
          refDate = json.currentToken() == JsonToken.VALUE_NULL ? null : date(json);
        }
        default -> { }
      }
    }

    private static void once(String field, Object before) {
      if (before != null) {
        throw new Fault("'" + field + "' is given twice");
      }
    }

    private static String id(String field, String before, JsonParser json) throws IOException {
      once(field, before);
      String id = WireJson.text(json, "'" + field + "'");
      if (id.isBlank()) {
        throw new Fault("'" + field + "' must not be empty");
      }
      if (id.length() > MAX_ID) {
        throw new Fault("'" + field + "' must have at most " + MAX_ID + " characters but has " + id.length());
      }
      return id;
    }

    private static String symbol(String field, String before, JsonParser json) throws IOException {
      once(field, before);
      String symbol = WireJson.text(json, "'" + field + "'");
      if (!Pair.isSymbol(symbol)) {
        throw new Fault("'" + field + "' must be a symbol such as BTC but is '" + Fault.excerpt(symbol) + "'");
      }
      return symbol;
    }

    private static TradeEvent.Type type(JsonParser json) throws IOException {
      String text = WireJson.text(json, "'trade_type'");
      return switch (text) {
        case "BUY" -> TradeEvent.Type.BUY;
        case "SELL" -> TradeEvent.Type.SELL;
        default -> throw new Fault("'trade_type' must be BUY or SELL but is '" + Fault.excerpt(text) + "'");
      };
    }

    private static BigDecimal quantity(JsonParser json) throws IOException {
      BigDecimal quantity = WireJson.amount(json, "'quantity'");
      if (quantity.signum() <= 0) {
        throw new Fault("'quantity' must be above 0 but is " + WireJson.shown(json));
      }
      return quantity;
    }

    private static LocalDate date(JsonParser json) throws IOException {
      String text = WireJson.text(json, "'ref_date'");
      try {
        return LocalDate.parse(text);
      } catch (java.time.DateTimeException e) {
        throw new Fault("'ref_date' must be a date such as 2025-07-08 but is '" + Fault.excerpt(text) + "'");
      }
    }

    TradeEvent finish() {
      if (fault != null) {
        throw fault;
      }
      require(transactionId, "transaction_id");
      require(documentId, "document_id");
      require(base, "asset_id");
      require(quote, "asset_type");
      require(timestamp, "transaction_timestamp");
      require(type, "trade_type");
      require(quantity, "quantity");
      TradeEvent event = new TradeEvent(transactionId, documentId, new Pair(base, quote), timestamp, type, quantity);
      if (refDate != null && !refDate.equals(event.refDate())) {
        throw new Fault("'ref_date' must be " + event.refDate() + ", the UTC date of the trade, but is " + refDate);
      }
      return event;
    }

    private static void require(Object value, String field) {
      if (value == null) {
        throw new Fault("'" + field + "' is missing");
      }
    }
  }
}
