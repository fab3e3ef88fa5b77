package io.cryptodm.producer.market;

import com.fasterxml.jackson.databind.JsonNode;
import io.cryptodm.contracts.MarketTrade;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The rows of a page of a history. A row that can't be read costs none of the others. */
final class PageRows {
  private final List<MarketTrade> trades = new ArrayList<>();
  private final List<Exchange.RefusedRow> refused = new ArrayList<>();
  private Long lastId;
  private Instant lastTime;

  /** Reads something of a row. */
  interface Reader<T> {
    /** @throws MalformedMessage if it can't be read */
    T read(JsonNode row);
  }

  /**
   * Reads all rows.
   *
   * @param id of a trade, which may be readable where the rest is not
   * @param time of a trade, the same
   */
  static PageRows read(Iterable<JsonNode> rows, Reader<MarketTrade> trade, Reader<Long> id, Reader<Instant> time) {
    PageRows page = new PageRows();
    for (JsonNode row : rows) {
      page.add(row, trade, id, time);
    }
    return page;
  }

  private void add(JsonNode row, Reader<MarketTrade> trade, Reader<Long> id, Reader<Instant> time) {
    Long itsId;
    Instant itsTime;
    try {
      MarketTrade its = trade.read(row);
      trades.add(its);
      itsId = its.id();
      itsTime = its.time();
    } catch (MalformedMessage e) {
      itsId = readable(row, id);
      itsTime = readable(row, time);
      refused.add(new Exchange.RefusedRow(row.toString(), e.getMessage(), itsId, itsTime));
    }
    lastId = itsId == null ? lastId : itsId;
    lastTime = itsTime == null ? lastTime : itsTime;
  }

  private static <T> T readable(JsonNode row, Reader<T> reader) {
    try {
      return reader.read(row);
    } catch (MalformedMessage e) {
      return null;
    }
  }

  boolean isEmpty() {
    return trades.isEmpty() && refused.isEmpty();
  }

  /** The id of the last row that has one; null for none. */
  Long lastId() {
    return lastId;
  }

  /** The time of the last row that has one; null for none. */
  Instant lastTime() {
    return lastTime;
  }

  /** @param next cursor of the next page; null at the end */
  Exchange.TradePage page(String next) {
    return new Exchange.TradePage(trades, next, refused);
  }
}
