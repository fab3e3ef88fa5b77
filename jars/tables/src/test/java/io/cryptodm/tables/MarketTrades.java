package io.cryptodm.tables;

import io.cryptodm.contracts.Spec;
import io.cryptodm.tables.catalog.DeclaredTables;
import io.cryptodm.tables.rows.Row;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.data.Record;

/** A table of trades that each source numbers by pair: its key has no time, and is divided by the day of one. */
public final class MarketTrades {
  public static final String NAME = "crypto_db.numbered_trade";

  private MarketTrades() {}

  public static void create(TestLake lake) {
    create(lake, Map.of());
  }

  public static void create(TestLake lake, Map<String, String> changed) {
    Map<String, String> properties =
        new HashMap<>(lake.spec.tables().stream().filter(table -> table.name().equals(TestLake.TRADES)).findFirst().orElseThrow().properties());
    properties.putAll(changed);
    List<Spec.Column> columns =
        List.of(
            new Spec.Column("asset_id", "string", true, ""),
            new Spec.Column("asset_type", "string", true, ""),
            new Spec.Column("trade_id", "long", true, ""),
            new Spec.Column("trade_time", "timestamptz", true, ""),
            new Spec.Column("price", "decimal(24, 12)", true, ""),
            // After the number, as in the other tables: the order of the columns must not decide which one is the number.
            new Spec.Column("source", "string", true, ""),
            new Spec.Column("revision", "long", true, ""));
    Spec.Table table =
        new Spec.Table(
            NAME, columns, List.of("source", "asset_id", "asset_type", "trade_id"), List.of(new Spec.PartitionField("day", "trade_time")),
            List.of("source", "asset_id", "asset_type", "trade_id"), properties);
    new DeclaredTables(lake.catalog).apply(List.of(table));
  }

  public static Row trade(String source, String coin, long id, Instant at) {
    return new Row(new Object[] {coin, "USD", id, at.toEpochMilli() * 1000, new BigDecimal(id % 1000 + 1).setScale(12), source, 1L << 40}, -1, -1);
  }

  /** Trades with ids from {@code first}, one a second from noon. */
  public static List<Row> trades(String coin, long first, int count) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rows.add(trade("coinbase", coin, first + i, TestLake.NOON.plusSeconds(i)));
    }
    return rows;
  }

  /** Number of rows in the table by coin; fails for a key with two rows. */
  public static Map<String, Integer> counts(TestLake lake) {
    Map<String, Integer> counts = new HashMap<>();
    Map<List<Object>, Record> seen = new HashMap<>();
    for (Record row : lake.rows(NAME)) {
      List<Object> key = List.of(row.getField("source"), row.getField("asset_id"), row.getField("asset_type"), row.getField("trade_id"));
      if (seen.put(key, row) != null) {
        throw new AssertionError(key + " has two rows");
      }
      counts.merge((String) row.getField("asset_id"), 1, Integer::sum);
    }
    return counts;
  }
}
