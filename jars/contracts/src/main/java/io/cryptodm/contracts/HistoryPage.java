package io.cryptodm.contracts;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * One page of Alpaca's history of bars ({@code https://docs.alpaca.markets/reference/cryptobars-1}):
 * {@code {"bars":{"BTC/USD":[{bar},...]},"next_page_token":"..."}}.
 *
 * @param bars in the order of the page, valid or not
 * @param faults one reason for each pair whose bars are no list
 * @param nextPageToken asks for the next page; null on the last one
 */
public record HistoryPage(List<BarReading> bars, List<String> faults, String nextPageToken) {

  /**
   * Reads a page.
   *
   * @param now bars may start at most one day after it
   * @throws IllegalArgumentException if it is no such page
   */
  public static HistoryPage parse(byte[] page, Instant now) {
    try (JsonParser json = WireJson.open(page)) {
      return read(json, page, now);
    } catch (Fault fault) {
      throw new IllegalArgumentException(fault.getMessage());
    } catch (IOException e) {
      throw new IllegalArgumentException(WireJson.notJson(e));
    }
  }

  private static HistoryPage read(JsonParser json, byte[] page, Instant now) throws IOException {
    WireJson.enterRecord(json);
    List<BarReading> bars = new ArrayList<>();
    List<String> faults = new ArrayList<>();
    boolean found = false;
    String token = null;
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String field = json.currentName();
      JsonToken value = json.nextToken();
      if (field.equals("bars") && value == JsonToken.START_OBJECT) {
        found = true;
        while (json.nextToken() != JsonToken.END_OBJECT) {
          String symbol = json.currentName();
          if (json.nextToken() == JsonToken.START_ARRAY) {
            while (json.nextToken() != JsonToken.END_ARRAY) {
              bars.add(QuoteParser.readBar(json, symbol, page, now));
            }
          } else {
            faults.add("bars of " + Fault.excerpt(symbol) + ": must be an array");
            json.skipChildren();
          }
        }
      } else if (field.equals("bars") && value == JsonToken.VALUE_NULL) {
        found = true;
      } else if (field.equals("next_page_token") && value == JsonToken.VALUE_STRING) {
        token = json.getText().isEmpty() ? null : json.getText();
      } else {
        json.skipChildren();
      }
    }
    WireJson.leaveRecord(json);
    if (!found) {
      throw new Fault("the page has no 'bars'");
    }
    return new HistoryPage(bars, faults, token);
  }
}
