package io.cryptodm.contracts;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Alpaca's answer about the latest bar of some pairs ({@code https://docs.alpaca.markets/reference/cryptolatestbars-1}):
 * {@code {"bars":{"BTC/USD":{bar}}}}.
 *
 * @param bars in the order of the answer; a pair without a bar is left out
 */
public record LatestBars(List<BarReading> bars) {
  /**
   * Reads an answer.
   *
   * @param now bars may start at most one day after it
   * @throws IllegalArgumentException if it is no such answer
   */
  public static LatestBars parse(byte[] answer, Instant now) {
    try (JsonParser json = WireJson.open(answer)) {
      return read(json, answer, now);
    } catch (Fault fault) {
      throw new IllegalArgumentException(fault.getMessage());
    } catch (IOException e) {
      throw new IllegalArgumentException(WireJson.notJson(e));
    }
  }

  private static LatestBars read(JsonParser json, byte[] answer, Instant now) throws IOException {
    WireJson.enterRecord(json);
    List<BarReading> bars = null;
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String field = json.currentName();
      JsonToken value = json.nextToken();
      if (field.equals("bars") && value == JsonToken.START_OBJECT) {
        List<BarReading> found = bars == null ? new ArrayList<>() : bars;
        QuoteParser.readBars(json, answer, now, found::add);
        bars = found;
      } else {
        json.skipChildren();
      }
    }
    WireJson.leaveRecord(json);
    if (bars == null) {
      throw new Fault("the answer has no 'bars'");
    }
    return new LatestBars(bars);
  }
}
