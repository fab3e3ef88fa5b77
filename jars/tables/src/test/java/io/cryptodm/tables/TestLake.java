package io.cryptodm.tables;

import io.cryptodm.contracts.Generations;
import io.cryptodm.contracts.Spec;
import io.cryptodm.tables.catalog.DeclaredTables;
import io.cryptodm.tables.catalog.LakeCatalog;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.UpsertRule;
import io.cryptodm.tables.write.KeyedTable;
import io.cryptodm.tables.write.RowBatch;
import io.cryptodm.tables.write.TopicOffsets;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;

/** A lake in a folder, with the tables of the golden spec; rows are read back by Iceberg's own reader. */
public final class TestLake implements Closeable {
  public static final String QUOTES = "crypto_db.crypto_quote";
  public static final String TRADES = "crypto_db.crypto_trader";
  public static final String TOPIC = "coinbase-currencies";
  public static final Instant NOON = Instant.parse("2025-07-08T12:00:00Z");

  public final Spec spec;
  public final Catalog catalog;

  private TestLake(Spec spec) {
    this.spec = spec;
    this.catalog = LakeCatalog.open(spec.catalog());
  }

  public static TestLake in(Path folder) {
    TestLake lake = new TestLake(specIn(folder));
    new DeclaredTables(lake.catalog).apply(lake.spec.tables());
    return lake;
  }

  /** The golden spec, with its folder moved. */
  public static Spec specIn(Path folder) {
    Spec golden = Spec.read(Path.of("../../test/fixtures/spec/lake.json"));
    Map<String, String> properties = new HashMap<>(golden.catalog().properties());
    properties.replaceAll((name, value) -> value.replace("/lake/", folder + "/"));
    Spec.Catalog catalog = new Spec.Catalog(golden.catalog().name(), properties);
    return new Spec(
        golden.version(), golden.lake(), golden.kafka(), golden.topics(), catalog, golden.tables(), golden.views(), golden.search(), golden.coins(),
        golden.renamed(), golden.producers(), golden.jobs());
  }

  /** A new writer with an empty cache, as after a restart. */
  public KeyedTable quotes() {
    return keyed(QUOTES, UpsertRule.QUOTES, KeyedTable.Tuning.DEFAULT);
  }

  public KeyedTable keyed(String name, UpsertRule rule, KeyedTable.Tuning tuning) {
    return KeyedTable.open(catalog, LakeCatalog.identifier(name), rule, tuning);
  }

  public Table table(String name) {
    return catalog.loadTable(LakeCatalog.identifier(name));
  }

  public static Row quote(String coin, Instant start, String price, long generation, int partition, long offset) {
    long micros = start.getEpochSecond() * 1_000_000;
    BigDecimal close = new BigDecimal(price).setScale(12);
    int date = (int) start.atOffset(ZoneOffset.UTC).toLocalDate().toEpochDay();
    long revision = (generation << 40) + offset;
    return new Row(
        new Object[] {
          coin, "USD", micros, micros + 60_000_000, close, date, close, close, close, close, null, 3L, "simulate",
          System.currentTimeMillis() * 1000, revision, null
        },
        partition,
        offset);
  }

  public static Row quote(String coin, Instant start, String price, long offset) {
    return quote(coin, start, price, 1, 0, offset);
  }

  public static Row trade(String id, Instant at, String quantity, long offset) {
    long micros = at.toEpochMilli() * 1000;
    int date = (int) at.atOffset(ZoneOffset.UTC).toLocalDate().toEpochDay();
    return new Row(
        new Object[] {
          id, "user-1", "BTC", "USD", micros, "BUY", new BigDecimal(quantity).setScale(12), date, "trader", micros, (1L << 40) + offset
        },
        0,
        offset);
  }

  /** A batch that ends after its last row. */
  public static RowBatch batch(Row... rows) {
    return batch(1, Arrays.asList(rows));
  }

  public static RowBatch batch(long generation, List<Row> rows) {
    return batch(Generations.whole(generation), rows);
  }

  public static RowBatch batch(Generations generations, List<Row> rows) {
    Map<Integer, Long> ends = new HashMap<>();
    rows.forEach(row -> ends.merge(row.partition(), row.offset() + 1, Math::max));
    return new RowBatch(TOPIC, generations, new TopicOffsets(generations.present(), ends), rows);
  }

  /** Prices by coin and minute; fails for a key with two rows. */
  public Map<String, String> prices() {
    Map<String, String> prices = new LinkedHashMap<>();
    for (Record row : rows(QUOTES)) {
      String key = row.getField("asset_id") + " " + row.getField("start_window");
      String price = ((BigDecimal) row.getField("price_crypto")).stripTrailingZeros().toPlainString();
      if (prices.put(key, price) != null) {
        throw new AssertionError(key + " has two rows");
      }
    }
    return prices;
  }

  public List<Record> rows(String name) {
    List<Record> rows = new ArrayList<>();
    try (CloseableIterable<Record> read = IcebergGenerics.read(table(name)).build()) {
      read.forEach(rows::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return rows;
  }

  public static String key(String coin, Instant start) {
    return coin + " " + start.atOffset(ZoneOffset.UTC);
  }

  public long snapshots(String name) {
    long count = 0;
    for (Object ignored : table(name).snapshots()) {
      count++;
    }
    return count;
  }

  public static List<Row> minutes(String coin, int count, long firstOffset, String price) {
    return Stream.iterate(0, i -> i + 1).limit(count).map(i -> quote(coin, NOON.plusSeconds(60L * i), price, firstOffset + i)).toList();
  }

  @Override
  public void close() throws IOException {
    ((Closeable) catalog).close();
  }
}
