package io.cryptodm.contracts;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** A value of the spec and its path, which every error message names. */
final class SpecNode {
  private final Object value;
  private final String origin;
  private final String path;

  private SpecNode(Object value, String origin, String path) {
    this.value = value;
    this.origin = origin;
    this.path = path;
  }

  static SpecNode parse(byte[] json, String origin) {
    try (JsonParser parser = WireJson.open(json)) {
      if (parser.nextToken() == null) {
        throw new SpecException(origin + ": is empty");
      }
      Object root = value(parser);
      if (parser.nextToken() != null) {
        throw new SpecException(origin + ": something follows the end of the object");
      }
      return new SpecNode(root, origin, "");
    } catch (JsonProcessingException e) {
      String where = e.getLocation() == null ? "" : " (line " + e.getLocation().getLineNr() + ", column " + e.getLocation().getColumnNr() + ")";
      throw new SpecException(origin + ": is not JSON" + where + ": " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new SpecException(origin + ": is not JSON: " + e.getMessage(), e);
    }
  }

  private static Object value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> {
        Map<String, Object> object = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String name = parser.currentName();
          parser.nextToken();
          object.put(name, value(parser));
        }
        yield object;
      }
      case START_ARRAY -> {
        List<Object> array = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          array.add(value(parser));
        }
        yield array;
      }
      case VALUE_STRING -> parser.getText();
      case VALUE_TRUE, VALUE_FALSE -> parser.getBooleanValue();
      case VALUE_NULL -> null;
      default -> WireJson.isNumber(parser) ? parser.getDecimalValue() : parser.getText();
    };
  }

  /** The property of this object; a missing one fails only when its value is asked for. */
  SpecNode at(String name) {
    Object child = require("an object", Map.class).get(name);
    return new SpecNode(child, origin, path.isEmpty() ? name : path + "." + name);
  }

  SpecNode orEmptyObject() {
    return value == null ? new SpecNode(Map.of(), origin, path) : this;
  }

  SpecNode orEmptyArray() {
    return value == null ? new SpecNode(List.of(), origin, path) : this;
  }

  <T> List<T> items(Function<SpecNode, T> read) {
    List<?> array = require("an array", List.class);
    List<T> out = new ArrayList<>(array.size());
    for (int i = 0; i < array.size(); i++) {
      out.add(read.apply(new SpecNode(array.get(i), origin, path + "[" + i + "]")));
    }
    return Collections.unmodifiableList(out);
  }

  <T> Map<String, T> entries(Function<SpecNode, T> read) {
    Map<String, T> out = new LinkedHashMap<>();
    for (Object name : require("an object", Map.class).keySet()) {
      out.put((String) name, read.apply(at((String) name)));
    }
    return Collections.unmodifiableMap(out);
  }

  /** What is read of a value, or null where there is none. */
  <T> T orNull(Function<SpecNode, T> read) {
    return value == null ? null : read.apply(this);
  }

  String text() {
    String text = require("a string", String.class);
    if (text.isBlank()) {
      throw wrong("must not be empty");
    }
    return text;
  }

  String textOrNull() {
    return value == null ? null : text();
  }

  /** A string, number or boolean as text, for the properties of clients. */
  String scalar() {
    if (value instanceof Map || value instanceof List || value == null) {
      throw wrong("must be a string but is " + shown());
    }
    return value instanceof BigDecimal number ? number.toPlainString() : value.toString();
  }

  /** An object as JSON; null where there is none. */
  String jsonOrNull() {
    if (value == null) {
      return null;
    }
    require("an object", Map.class);
    StringWriter text = new StringWriter();
    try (JsonGenerator out = new JsonFactory().createGenerator(text)) {
      write(out, value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static void write(JsonGenerator out, Object value) throws IOException {
    if (value instanceof Map<?, ?> object) {
      out.writeStartObject();
      for (Map.Entry<?, ?> field : object.entrySet()) {
        out.writeFieldName((String) field.getKey());
        write(out, field.getValue());
      }
      out.writeEndObject();
    } else if (value instanceof List<?> array) {
      out.writeStartArray();
      for (Object item : array) {
        write(out, item);
      }
      out.writeEndArray();
    } else {
      out.writeObject(value);
    }
  }

  boolean bool() {
    return require("true or false", Boolean.class);
  }

  int integer(int least) {
    long number = whole(least);
    if (number > Integer.MAX_VALUE) {
      throw wrong("must be at most " + Integer.MAX_VALUE + " but is " + number);
    }
    return (int) number;
  }

  long whole(long least) {
    BigDecimal number = number();
    try {
      long whole = number.longValueExact();
      if (whole >= least) {
        return whole;
      }
    } catch (ArithmeticException e) {
      throw wrong("must be a whole number but is " + number);
    }
    throw wrong("must be at least " + least + " but is " + number);
  }

  BigDecimal positive() {
    BigDecimal number = number();
    if (number.signum() <= 0) {
      throw wrong("must be above 0 but is " + number);
    }
    return number;
  }

  double notNegative() {
    BigDecimal number = number();
    if (number.signum() < 0) {
      throw wrong("must not be below 0 but is " + number);
    }
    return number.doubleValue();
  }

  double numberOr(double absent) {
    return value == null ? absent : number().doubleValue();
  }

  private BigDecimal number() {
    return require("a number", BigDecimal.class);
  }

  SpecException wrong(String reason) {
    return new SpecException(origin + ": " + (path.isEmpty() ? "" : path + ": ") + reason);
  }

  private <T> T require(String kind, Class<T> type) {
    if (value == null) {
      throw wrong(path.isEmpty() ? "must be " + kind + " but is null" : "missing");
    }
    if (!type.isInstance(value)) {
      throw wrong("must be " + kind + " but is " + shown());
    }
    return type.cast(value);
  }

  private String shown() {
    if (value instanceof Map) {
      return "an object";
    }
    if (value instanceof List) {
      return "an array";
    }
    return value instanceof String text ? "'" + Fault.excerpt(text) + "'" : String.valueOf(value);
  }
}
