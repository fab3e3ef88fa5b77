package io.cryptodm.layers;

import io.cryptodm.tables.catalog.LakeCatalog;
import io.cryptodm.tables.read.TableReader;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.UpsertRule;
import io.cryptodm.tables.write.KeyedTable;
import io.cryptodm.tables.write.RowBatch;
import io.cryptodm.tables.write.UpsertResult;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.expressions.Expression;

/** A silver or gold table, written by key. Rows with the same values as those in the table write nothing. */
final class LayerTable<T extends LayerRow> {
  private final KeyedTable keyed;
  private final TableReader reader;
  private final List<String> columns;
  private final Fields fields;
  private final BiFunction<Fields, Row, T> decode;
  private long written;

  /** The last snapshot that this process wrote, or that changed no row; null for an empty table. */
  private Long own;
  private boolean foreign;

  private LayerTable(KeyedTable keyed, TableReader reader, BiFunction<Fields, Row, T> decode) {
    this.keyed = keyed;
    this.reader = reader;
    this.columns = keyed.columns();
    this.fields = new Fields(reader.columns());
    this.decode = decode;
  }

  /** @param cachedKeys keys of the table kept in memory, about 60 bytes each */
  static <T extends LayerRow> LayerTable<T> open(Catalog catalog, String name, int cachedKeys, BiFunction<Fields, Row, T> decode) {
    TableIdentifier identifier = LakeCatalog.identifier(name);
    KeyedTable.Tuning usual = KeyedTable.Tuning.DEFAULT;
    KeyedTable.Tuning tuning = new KeyedTable.Tuning(cachedKeys, usual.hotRows(), usual.settledMillis(), usual.attempts());
    return new LayerTable<>(
        KeyedTable.open(catalog, identifier, UpsertRule.CALCULATED, tuning), TableReader.open(catalog, identifier), decode);
  }

  void write(Collection<? extends T> rows) {
    write(rows, (row, isNew) -> {});
  }

  /** Gets each row that was written; a row with the values of the one in the table is not, unless nobody knows who has written that. */
  interface Written<T> {
    /** @param isNew false if it replaces a row of the table */
    void row(T row, boolean isNew);
  }

  void write(Collection<? extends T> rows, Written<? super T> each) {
    if (!rows.isEmpty()) {
      Map<Row, T> sources = new IdentityHashMap<>();
      List<Row> batch = new ArrayList<>(rows.size());
      for (T row : rows) {
        batch.add(row.toRow(columns));
        sources.put(batch.get(batch.size() - 1), row);
      }
      UpsertResult done = keyed.upsert(RowBatch.of(batch), (row, isNew) -> each.row(sources.get(row), isNew));
      if (keyed.isUncertain()) {
        rows.forEach(row -> each.row(row, false));
      }
      written += done.inserted() + done.replaced();
      follow(done.committed() ? 1 : 0);
    }
  }

  /** Accepts the table as it is now, with the changes of other processes. */
  void trust() {
    foreign = false;
    own = keyed.snapshot();
  }

  /** True if another process has changed rows since {@link #trust}, so that caches may be wrong. */
  boolean isForeign() {
    follow(0);
    return foreign;
  }

  private void follow(long commits) {
    foreign |= keyed.changesSince(own) != commits;
    own = keyed.snapshot();
  }

  /** Reads the present rows that match the filter. */
  void scan(Expression filter, Consumer<T> each) {
    reader.refresh();
    reader.scan(filter, row -> each.accept(decode.apply(fields, row)));
  }

  /** The highest value of a time column, in microseconds; null for an empty table. */
  Long highest(String column) {
    reader.refresh();
    return reader.highest(column).orElse(null);
  }

  boolean isEmpty() {
    reader.refresh();
    return reader.snapshot().isEmpty();
  }

  /** Rows written since this was opened. */
  long written() {
    return written;
  }

  long rowCount() {
    return keyed.rowCount();
  }
}
