package io.cryptodm.producer.market;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.function.Consumer;

/** Values of an exchange's JSON; a wrong one is named with its field. */
final class Messages {
  // Prices are decimals, never floating point numbers.
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private Messages() {}

  /** @throws MalformedMessage if it is no JSON */
  static JsonNode parse(String message) {
    try {
      return JSON.readTree(message);
    } catch (JsonProcessingException e) {
      throw new MalformedMessage("not JSON: " + e.getOriginalMessage());
    }
  }

  /** The rows of a list. @throws MalformedMessage if it is none */
  static JsonNode rows(JsonNode value, String field) {
    if (!value.isArray()) {
      throw new MalformedMessage("'" + field + "' must be a list but is " + shown(value));
    }
    return value;
  }

  /** Takes all rows that can be read, and says only then which one cannot: a wrong row costs none of the others. */
  static void each(JsonNode rows, Consumer<JsonNode> taker) {
    MalformedMessage first = null;
    for (JsonNode row : rows) {
      try {
        taker.accept(row);
      } catch (MalformedMessage e) {
        first = first == null ? e : first;
      }
    }
    if (first != null) {
      throw first;
    }
  }

  static String text(JsonNode object, String field) {
    JsonNode value = object.path(field);
    if (!value.isTextual()) {
      throw new MalformedMessage("'" + field + "' must be a string but is " + shown(value));
    }
    return value.textValue();
  }

  /** The text of a field; empty without one. */
  static String textOr(JsonNode object, String field) {
    return object.path(field).isTextual() ? object.path(field).textValue() : "";
  }

  static long wholeOf(JsonNode object, String field) {
    return whole(object.path(field), field);
  }

  static long whole(JsonNode value, String field) {
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw new MalformedMessage("'" + field + "' must be a whole number but is " + shown(value));
    }
    return value.longValue();
  }

  /** A decimal, as a number or in a string. */
  static BigDecimal decimal(JsonNode value, String field) {
    try {
      return value.isNumber() ? value.decimalValue() : new BigDecimal(value.asText());
    } catch (NumberFormatException e) {
      throw new MalformedMessage("'" + field + "' must be a number but is " + shown(value));
    }
  }

  static Instant time(JsonNode object, String field) {
    String text = text(object, field);
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      throw new MalformedMessage("'" + field + "' must be a time but is " + shown(object.path(field)));
    }
  }

  /** A time in seconds. */
  static Instant second(JsonNode value, String field) {
    try {
      return Instant.ofEpochSecond(whole(value, field));
    } catch (DateTimeException e) {
      throw new MalformedMessage("'" + field + "' must be a time but is " + shown(value));
    }
  }

  /** A pair, with the letters between base and quote that the exchange uses. */
  static Pair pair(String symbol, char separator) {
    try {
      return Pair.parse(separator == '/' ? symbol : symbol.replace(separator, '/'));
    } catch (IllegalArgumentException e) {
      throw new MalformedMessage(e.getMessage());
    }
  }

  static MarketTrade trade(Pair pair, long id, Instant time, BigDecimal price, BigDecimal quantity, MarketTrade.Side side) {
    try {
      return new MarketTrade(pair, id, time, price, quantity, side);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new MalformedMessage("trade " + id + " of " + pair + ": " + e.getMessage());
    }
  }

  private static String shown(JsonNode value) {
    String text = value.isMissingNode() ? "missing" : value.toString();
    return text.length() > 60 ? text.substring(0, 60) + "..." : text;
  }
}
