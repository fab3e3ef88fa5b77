package io.cryptodm.contracts;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;

/** What both event parsers share: the JSON reader and the reading of single values, each with its reason. */
final class WireJson {
  static final Duration MAX_AHEAD = Duration.ofDays(1);

  static final JsonFactory FACTORY =
      JsonFactory.builder()
          // NaN as a token, so that only the bar is invalid and not the whole record.
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          // Names that a sender chose must neither fill the table of interned strings nor throw.
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
          .build();

  private WireJson() {}

  static JsonParser open(byte[] value) throws IOException {
    return FACTORY.createParser(value);
  }

  /** Steps onto the opening brace of the record. */
  static void enterRecord(JsonParser json) throws IOException {
    JsonToken first = json.nextToken();
    if (first == null) {
      throw new Fault("not JSON: the record is empty");
    }
    if (first != JsonToken.START_OBJECT) {
      // Read to the end first: a broken array is not JSON, rather than not an object.
      json.skipChildren();
      leaveRecord(json);
      throw new Fault("not a JSON object but " + kind(first));
    }
  }

  /** Reads the current field. */
  interface FieldReader {
    /** @throws Fault when the value is invalid for the field */
    void take(String field) throws IOException;
  }

  /**
   * Reads an object to its closing brace, even when it is invalid: what follows the first fault is skipped.
   *
   * @return the first fault; null without one
   */
  static Fault readFields(JsonParser json, FieldReader reader) throws IOException {
    Fault first = null;
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String field = json.currentName();
      json.nextToken();
      if (first == null) {
        try {
          reader.take(field);
        } catch (Fault fault) {
          first = fault;
        }
      }
      json.skipChildren();
    }
    return first;
  }

  /** Checks that nothing follows the record. */
  static void leaveRecord(JsonParser json) throws IOException {
    if (json.nextToken() != null) {
      throw new Fault("not JSON: something follows the end of the object");
    }
  }

  static String notJson(IOException e) {
    String message =
        e instanceof JsonProcessingException json ? json.getOriginalMessage() : e.getMessage();
    String text = String.valueOf(message);
    return "not JSON: " + (text.length() > 160 ? text.substring(0, 160) + "..." : text).replaceAll("\\p{Cntrl}+", " ");
  }

  static String kind(JsonToken token) {
    return switch (token) {
      case START_ARRAY -> "an array";
      case START_OBJECT -> "an object";
      case VALUE_STRING -> "a string";
      case VALUE_NULL -> "null";
      case VALUE_TRUE, VALUE_FALSE -> "a boolean";
      default -> "a number";
    };
  }

  /** The current value for a message. */
  static String shown(JsonParser json) throws IOException {
    JsonToken token = json.currentToken();
    return switch (token) {
      case START_ARRAY, START_OBJECT, VALUE_NULL -> kind(token);
      case VALUE_STRING -> "'" + Fault.excerpt(json.getText()) + "'";
      default -> Fault.excerpt(json.getText());
    };
  }

  static boolean isNumber(JsonParser json) throws IOException {
    JsonToken token = json.currentToken();
    return token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT && !json.isNaN();
  }

  /** A JSON number as an amount; {@code label} names it in the reason. */
  static BigDecimal amount(JsonParser json, String label) throws IOException {
    if (!isNumber(json)) {
      throw new Fault(label + " must be a number but is " + shown(json));
    }
    try {
      return Money.of(json.getDecimalValue());
    } catch (ArithmeticException | NumberFormatException | JsonProcessingException e) {
      // The token was read to its end; only its value exceeds a decimal, so the rest of the record can be read.
      throw new Fault(label + " must have at most 12 digits before the point but is " + shown(json));
    }
  }

  /** As {@link #amount}, up to what a volume may be. */
  static BigDecimal volume(JsonParser json, String label) throws IOException {
    if (!isNumber(json)) {
      throw new Fault(label + " must be a number but is " + shown(json));
    }
    try {
      return Money.volume(json.getDecimalValue());
    } catch (ArithmeticException | NumberFormatException | JsonProcessingException e) {
      throw new Fault(label + " must be at most 1e18 but is " + shown(json));
    }
  }

  /** The current value as a whole number, which may be written as 12.0 or 1.2e1; null if it is none of 64 bits. */
  static Long whole(JsonParser json) throws IOException {
    if (!isNumber(json)) {
      return null;
    }
    try {
      BigDecimal value = json.getDecimalValue();
      // Checked before it is expanded: 1e999999999 would fill the heap.
      return Math.abs((long) value.precision() - value.scale()) > 20 && value.signum() != 0 ? null : Long.valueOf(value.longValueExact());
    } catch (ArithmeticException | NumberFormatException | JsonProcessingException e) {
      return null;
    }
  }

  /** A text as JSON, with its quotes. */
  static String quoted(String text) {
    return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }

  static String text(JsonParser json, String label) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw new Fault(label + " must be a string but is " + shown(json));
    }
    return json.getText();
  }

  /** An ISO-8601 instant with its offset, from 1970 on and at most one day after {@code recordTime}. */
  static Instant instant(String text, String label, Instant recordTime) {
    Instant time = instant(text);
    if (time == null) {
      throw new Fault(label + " must be a UTC time such as 2025-07-08T05:43:00Z but is '" + Fault.excerpt(text) + "'");
    }
    if (time.getEpochSecond() < 0) {
      throw new Fault(label + " must not be before 1970 but is " + Fault.excerpt(text));
    }
    if (time.isAfter(recordTime.plus(MAX_AHEAD))) {
      throw new Fault(label + " is " + Fault.excerpt(text) + ", more than one day after the record's own time " + recordTime);
    }
    return time;
  }

  private static Instant instant(String text) {
    int length = text.length();
    // 35 characters hold the longest sensible form, 2025-07-08T05:43:00.123456789+00:00.
    if (length < 16 || length > 35 || text.charAt(10) != 'T') {
      return null;
    }
    Instant plain = length == 20 ? plainInstant(text) : null;
    if (plain != null) {
      return plain;
    }
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      return null;
    }
  }

  /** {@code 2025-07-08T05:43:00Z} without the cost of a formatter; null for any other form. */
  private static Instant plainInstant(String text) {
    if (text.charAt(4) != '-' || text.charAt(7) != '-' || text.charAt(13) != ':' || text.charAt(16) != ':' || text.charAt(19) != 'Z') {
      return null;
    }
    int year = digits(text, 0, 4);
    int month = digits(text, 5, 7);
    int day = digits(text, 8, 10);
    int hour = digits(text, 11, 13);
    int minute = digits(text, 14, 16);
    int second = digits(text, 17, 19);
    if ((year | month | day | hour | minute | second) < 0 || hour > 23 || minute > 59 || second > 59) {
      return null;
    }
    try {
      return Instant.ofEpochSecond(LocalDate.of(year, month, day).toEpochDay() * 86_400L + hour * 3600L + minute * 60L + second);
    } catch (DateTimeException e) {
      return null;
    }
  }

  private static int digits(String text, int from, int to) {
    int value = 0;
    for (int i = from; i < to; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      value = value * 10 + digit;
    }
    return value;
  }
}
