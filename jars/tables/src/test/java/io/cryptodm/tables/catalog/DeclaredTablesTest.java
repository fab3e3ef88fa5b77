package io.cryptodm.tables.catalog;

import static io.cryptodm.tables.TestLake.NOON;
import static io.cryptodm.tables.TestLake.QUOTES;
import static io.cryptodm.tables.TestLake.batch;
import static io.cryptodm.tables.TestLake.quote;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.Spec;
import io.cryptodm.tables.TestLake;
import io.cryptodm.tables.write.KeyedTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.iceberg.Table;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeclaredTablesTest {
  @TempDir Path folder;
  private TestLake lake;
  private DeclaredTables tables;
  private Spec.Table declared;

  @BeforeEach
  void open() {
    lake = TestLake.in(folder);
    tables = new DeclaredTables(lake.catalog);
    declared = lake.spec.table(QUOTES);
  }

  @AfterEach
  void close() throws IOException {
    lake.close();
  }

  @Test
  void createsWhatTheSpecDeclares() {
    Table table = lake.table(QUOTES);
    assertEquals(declared.columns().size(), table.schema().columns().size());
    assertEquals(Types.DecimalType.of(24, 12), table.schema().findField("price_crypto").type());
    assertEquals("start of the minute, inclusive", table.schema().findField("start_window").doc());
    assertEquals("[\n  1000: start_window_day: day(3)\n]", table.spec().toString());
    assertEquals(3, table.schema().identifierFieldIds().size());
    assertEquals(3, table.sortOrder().fields().size());
    assertEquals("zstd", table.properties().get("write.parquet.compression-codec"));
  }

  @Test
  void secondTimeChangesNothing() {
    tables.apply(lake.spec.tables()).forEach(change -> assertEquals("unchanged", change.action()));
  }

  @Test
  void addsAColumnAsOptionalAndKeepsItSo() {
    lake.quotes().upsert(batch(quote("BTC", NOON, "1", 0)));
    Spec.Table wider = withColumns(columns -> plus(columns, new Spec.Column("venue", "string", true, "where")));
    assertEquals(List.of(new TableChange(QUOTES, "evolved", List.of("venue"))), tables.apply(List.of(wider)));
    assertTrue(lake.table(QUOTES).schema().findField("venue").isOptional());
    assertEquals("unchanged", tables.apply(List.of(wider)).get(0).action());
    // Old rows stay readable, and a writer of the old rows goes on.
    lake.quotes();
    assertEquals(1, lake.rows(QUOTES).size());
  }

  @Test
  void writerGoesOnWhenAColumnIsAddedUnderIt() {
    KeyedTable quotes = lake.quotes();
    quotes.upsert(batch(quote("BTC", NOON, "1", 0)));
    tables.apply(List.of(withColumns(columns -> plus(columns, new Spec.Column("venue", "string", false, "")))));
    quotes.upsert(batch(quote("BTC", NOON, "2", 1), quote("LTC", NOON, "2", 2)));
    assertEquals(2, lake.prices().size());
  }

  @Test
  void widensTypes() {
    Spec.Table wider = withColumn("price_crypto", column -> new Spec.Column(column.name(), "decimal(30, 12)", true, column.doc()));
    assertEquals("evolved", tables.apply(List.of(wider)).get(0).action());
    assertEquals(Types.DecimalType.of(30, 12), lake.table(QUOTES).schema().findField("price_crypto").type());
  }

  @Test
  void appliesChangedProperties() {
    Map<String, String> properties = new HashMap<>(declared.properties());
    properties.put("write.metadata.previous-versions-max", "7");
    Spec.Table other = new Spec.Table(QUOTES, declared.columns(), declared.identifier(), declared.partition(), declared.sort(), properties);
    assertEquals("evolved", tables.apply(List.of(other)).get(0).action());
    assertEquals("7", lake.table(QUOTES).properties().get("write.metadata.previous-versions-max"));
  }

  @Test
  void refusesANarrowerType() {
    RefusedEvolution refused =
        refusal(withColumn("trade_count", column -> new Spec.Column(column.name(), "int", column.required(), column.doc())));
    assertEquals(QUOTES, refused.table());
    assertEquals("trade_count", refused.column());
    assertTrue(refused.reason().contains("long") && refused.reason().contains("int"), refused.reason());
  }

  @Test
  void refusesAnotherScale() {
    assertEquals(
        "price_crypto",
        refusal(withColumn("price_crypto", column -> new Spec.Column(column.name(), "decimal(24, 8)", true, column.doc()))).column());
  }

  @Test
  void refusesToRequireWhatMayBeMissing() {
    assertEquals("vwap", refusal(withColumn("vwap", column -> new Spec.Column(column.name(), column.type(), true, column.doc()))).column());
  }

  @Test
  void refusesAnotherKeyAndAnotherPartitioning() {
    refusal(new Spec.Table(QUOTES, declared.columns(), List.of("asset_id"), declared.partition(), declared.sort(), declared.properties()));
    refusal(new Spec.Table(QUOTES, declared.columns(), declared.identifier(), List.of(), declared.sort(), declared.properties()));
  }

  @Test
  void refusalOfOneTableChangesNone() {
    Spec.Table wrong = withColumn("volume", column -> new Spec.Column(column.name(), "string", true, column.doc()));
    Spec.Table trades = lake.spec.table(TestLake.TRADES);
    Spec.Table wider =
        new Spec.Table(
            trades.name(), plus(trades.columns(), new Spec.Column("note", "string", false, "")), trades.identifier(), trades.partition(),
            trades.sort(), trades.properties());
    assertThrows(RefusedEvolution.class, () -> tables.apply(List.of(wider, wrong)));
    assertEquals(trades.columns().size(), lake.table(TestLake.TRADES).schema().columns().size());
  }

  private RefusedEvolution refusal(Spec.Table table) {
    return assertThrows(RefusedEvolution.class, () -> tables.apply(List.of(table)));
  }

  private Spec.Table withColumns(UnaryOperator<List<Spec.Column>> edit) {
    return new Spec.Table(
        QUOTES, edit.apply(declared.columns()), declared.identifier(), declared.partition(), declared.sort(), declared.properties());
  }

  private Spec.Table withColumn(String name, UnaryOperator<Spec.Column> edit) {
    return withColumns(columns -> columns.stream().map(column -> column.name().equals(name) ? edit.apply(column) : column).toList());
  }

  private static List<Spec.Column> plus(List<Spec.Column> columns, Spec.Column column) {
    List<Spec.Column> all = new ArrayList<>(columns);
    all.add(column);
    return all;
  }
}
