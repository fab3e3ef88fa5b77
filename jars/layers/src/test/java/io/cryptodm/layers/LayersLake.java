package io.cryptodm.layers;

import io.cryptodm.contracts.Spec;
import io.cryptodm.tables.catalog.DeclaredTables;
import io.cryptodm.tables.catalog.LakeCatalog;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.UpsertRule;
import io.cryptodm.tables.write.KeyedTable;
import io.cryptodm.tables.write.RowBatch;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;

/** A lake in a folder whose bronze tables are filled as the stream jobs do; tables are read by Iceberg's own reader. */
final class LayersLake implements Closeable {
  static final String QUOTES = "crypto_db.crypto_quote";
  static final String TRADES = "crypto_db.crypto_trader";
  static final String COVERAGE = "crypto_db.quote_coverage";
  static final Coin BTC = new Coin("BTC", "USD");

  /** 2025-07-08T00:00Z, in minutes. */
  static final long DAY = 20_277 * EpochMinutes.DAY;

  private final Path folder;
  final Spec spec;
  final Catalog catalog;
  private final KeyedTable quotes;
  private final KeyedTable trades;
  private final KeyedTable coverage;
  private long revision = 1L << 40;

  LayersLake(Path folder) {
    this.folder = folder;
    this.spec = specIn(folder, "{}");
    this.catalog = LakeCatalog.open(spec.catalog());
    new DeclaredTables(catalog).apply(spec.tables());
    this.quotes = KeyedTable.open(catalog, LakeCatalog.identifier(QUOTES), UpsertRule.QUOTES);
    this.trades = KeyedTable.open(catalog, LakeCatalog.identifier(TRADES), UpsertRule.FACTS);
    this.coverage = KeyedTable.open(catalog, LakeCatalog.identifier(COVERAGE), UpsertRule.QUOTES);
  }

  /** @param renamed JSON of the names */
  private static Spec specIn(Path folder, String renamed) {
    try {
      String golden = Files.readString(Path.of("../../test/fixtures/spec/lake.json"));
      return Spec.parse(golden.replace("\"/lake/", "\"" + folder + "/").replace("sqlite:/lake/", "sqlite:" + folder + "/").replace("file:///lake/", "file://" + folder + "/").replace("\"renamed\": {}", "\"renamed\": " + renamed));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A new process with empty caches. */
  LakeLayers layers(LakeLayers.Tuning tuning, Consumer<String> afterLayer) {
    return new LakeLayers(catalog, spec, tuning, afterLayer);
  }

  /**
   * A new process under a spec in which coins are renamed.
   *
   * @param renamed JSON, such as <code>{"MATIC": "POL"}</code>
   */
  LakeLayers renamed(String renamed, LakeLayers.Tuning tuning, Consumer<String> afterLayer) {
    return new LakeLayers(catalog, specIn(folder, renamed), tuning, afterLayer);
  }

  LakeLayers renamed(String renamed, LakeLayers.Tuning tuning) {
    return renamed(renamed, tuning, layer -> {});
  }

  LakeLayers layers() {
    return layers(LakeLayers.Tuning.DEFAULT, layer -> {});
  }

  /** Runs until everything has been taken. @return rows of bronze that were taken */
  static long takeAll(LakeLayers layers) {
    long input = 0;
    LakeLayers.Outcome outcome;
    do {
      outcome = layers.run();
      input += outcome.inputRows();
    } while (outcome.more());
    return input;
  }

  Table table(String name) {
    return catalog.loadTable(LakeCatalog.identifier(name));
  }

  static BigDecimal decimal(String text) {
    return new BigDecimal(text).setScale(12);
  }

  /** A bar as it comes from the topic, its prices around the close; one without volume is made from quotes. */
  Bar bar(long minute, String close, String volume) {
    return bar(minute, close, volume, null);
  }

  /** @param complete as the source says; null if it does not */
  Bar bar(long minute, String close, String volume, Boolean complete) {
    BigDecimal price = decimal(close);
    BigDecimal traded = decimal(volume);
    return new Bar(
        minute, price.subtract(decimal("0.5")), price.add(decimal("1")), price.subtract(decimal("2")), price, traded,
        traded.signum() == 0 ? null : price.add(decimal("0.123456789012")), traded.signum() == 0 ? 0L : 3L, complete, "simulate", ++revision, null);
  }

  void put(Coin coin, Bar... bars) {
    quotes.upsert(RowBatch.of(Stream.of(bars).map(bar -> row(coin, bar)).toList()));
  }

  /** Bars of several coins, in one commit. */
  void put(List<Row> bars) {
    if (!bars.isEmpty()) {
      quotes.upsert(RowBatch.of(bars));
    }
  }

  static Row row(Coin coin, Bar bar) {
    long micros = EpochMinutes.toMicros(bar.minute());
    return Row.of(
        coin.asset(), coin.type(), micros, micros + EpochMinutes.MINUTE, bar.close(), EpochMinutes.toEpochDay(bar.minute()), bar.open(), bar.high(),
        bar.low(), bar.volume(), bar.vwap(), bar.tradeCount(), bar.source(), micros + 90_000_000, bar.revision(), bar.complete());
  }

  void cover(Coin coin, long from, long to, String state) {
    coverage.upsert(
        RowBatch.of(
            List.of(
                Row.of(
                    coin.asset(), coin.type(), EpochMinutes.toMicros(from), EpochMinutes.toMicros(to), state,
                    EpochMinutes.toEpochDay(from), "simulate",
                    EpochMinutes.toMicros(to), ++revision))));
  }

  Trade trade(String id, String user, Coin coin, long micros, boolean buy, String quantity) {
    return new Trade(id, new Trade.Holder(user, coin), micros, buy, decimal(quantity), "trader", null, Trade.PriceState.PENDING, null);
  }

  void put(Trade... made) {
    if (made.length == 0) {
      return;
    }
    List<Row> rows = new ArrayList<>();
    for (Trade trade : made) {
      rows.add(
          Row.of(
              trade.id(), trade.holder().user(), trade.coin().asset(), trade.coin().type(), trade.at(), trade.buy() ? "BUY" : "SELL",
              trade.quantity(), EpochMinutes.toEpochDay(trade.minute()), trade.source(), trade.at() + 1, ++revision));
    }
    trades.upsert(RowBatch.of(rows));
  }

  /** All rows of a silver or gold table, without the name that a bar came under and the base of a position, which depends on when rows came. */
  TreeMap<String, String> rows(String name) {
    Spec.Table declared = spec.table(name);
    List<String> columns = new ArrayList<>(declared.identifier());
    declared.columns().stream().map(Spec.Column::name).filter(column -> !columns.contains(column) && !column.equals("bar_asset_id") && !column.startsWith("base_")).forEach(columns::add);
    return rows(name, declared.identifier().size(), columns);
  }

  /** All rows of a table: its key to the other values, those of the given columns. */
  TreeMap<String, String> rows(String name, int keyColumns, List<String> columns) {
    TreeMap<String, String> rows = new TreeMap<>();
    try (CloseableIterable<Record> read = IcebergGenerics.read(table(name)).build()) {
      for (Record record : read) {
        List<String> values = columns.stream().map(column -> text(record.getField(column))).toList();
        String key = String.join(" ", values.subList(0, keyColumns));
        if (rows.put(key, String.join(" ", values.subList(keyColumns, values.size()))) != null) {
          throw new AssertionError(name + ": " + key + " has two rows");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return rows;
  }

  private static String text(Object value) {
    if (value instanceof java.time.OffsetDateTime time) {
      long micros = Math.addExact(time.toEpochSecond() * 1_000_000, time.getNano() / 1_000);
      return String.valueOf(micros);
    }
    return Reference.text(value);
  }

  @Override
  public void close() throws IOException {
    ((Closeable) catalog).close();
  }
}
