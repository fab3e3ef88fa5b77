package io.cryptodm.bench;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A one-minute bar of a quote event; {@code vwap} and {@code trades} may be null. */
public record Bar(
    String base,
    String quote,
    Instant start,
    BigDecimal open,
    BigDecimal high,
    BigDecimal low,
    BigDecimal close,
    BigDecimal volume,
    BigDecimal vwap,
    Long trades) {

  /** Scale of all prices and quantities of the table. */
  public static final int SCALE = 12;

  private static final ObjectReader JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).reader();

  /** The bars of an event {@code {"bars":{"BTC/USD":{"t":..,"o":..,"h":..,"l":..,"c":..,"v":..,"vw":..,"n":..}}}}. */
  public static List<Bar> read(byte[] event) throws IOException {
    List<Bar> bars = new ArrayList<>(1);
    for (Map.Entry<String, JsonNode> entry : JSON.readTree(event).path("bars").properties()) {
      bars.add(of(entry.getKey(), entry.getValue()));
    }
    return bars;
  }

  private static Bar of(String pair, JsonNode bar) {
    int slash = pair.indexOf('/');
    return new Bar(
        pair.substring(0, slash),
        pair.substring(slash + 1),
        Instant.parse(bar.get("t").textValue()),
        decimal(bar.get("o")),
        decimal(bar.get("h")),
        decimal(bar.get("l")),
        decimal(bar.get("c")),
        decimal(bar.get("v")),
        decimal(bar.get("vw")),
        bar.hasNonNull("n") ? bar.get("n").longValue() : null);
  }

  private static BigDecimal decimal(JsonNode number) {
    return number == null || number.isNull() ? null : number.decimalValue().setScale(SCALE, RoundingMode.HALF_UP);
  }
}
