package io.cryptodm.functions;

import static io.cryptodm.functions.AccountSpec.GOLDEN;
import static io.cryptodm.functions.AccountSpec.QUOTES;
import static io.cryptodm.functions.AccountSpec.withColumns;
import static io.cryptodm.functions.AccountSpec.withQuotes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.Spec;
import io.cryptodm.tables.catalog.RefusedEvolution;
import io.cryptodm.tables.catalog.TableChange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.inmemory.InMemoryCatalog;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of the tables; that Glue, S3 and Athena take it is shown in the emulated account. */
class CreateTablesTest {
  private final InMemoryCatalog catalog = new InMemoryCatalog();

  @BeforeEach
  void open() {
    catalog.initialize("lake", Map.of("warehouse", "memory"));
    for (String database : List.of("crypto_db", "crypto_silver", "crypto_gold")) {
      catalog.createNamespace(Namespace.of(database), Map.of("location", "s3://bucket-of-" + database + "/" + database));
    }
  }

  @AfterEach
  void close() throws IOException {
    catalog.close();
  }

  private Table quotes() {
    return catalog.loadTable(TableIdentifier.parse(QUOTES));
  }

  private TableMetadata metadata() {
    return ((HasTableOperations) quotes()).operations().current();
  }

  @Test
  void createsEveryTableOnce() {
    List<TableChange> first = CreateTables.createTables(catalog, GOLDEN);
    assertEquals(GOLDEN.tables().stream().map(table -> new TableChange(table.name(), "created", List.of())).toList(), first);
    String location = metadata().metadataFileLocation();
    assertTrue(CreateTables.createTables(catalog, GOLDEN).stream().allMatch(change -> change.action().equals("unchanged")));
    assertEquals(location, metadata().metadataFileLocation());
  }

  @Test
  void asksAthenaToKeepTheSameSnapshotsAsIceberg() {
    CreateTables.createTables(catalog, GOLDEN);
    Map<String, String> properties = quotes().properties();
    assertEquals("604800000", properties.get("history.expire.max-snapshot-age-ms"));
    assertEquals("604800", properties.get("vacuum_max_snapshot_age_seconds"));
    assertEquals("1", properties.get("vacuum_min_snapshots_to_keep"));
    assertFalse(properties.containsKey("format-version"));
    assertEquals(2, metadata().formatVersion());
  }

  @Test
  void bringsAStandingTableToItsDeclaration() {
    CreateTables.createTables(catalog, GOLDEN);
    String before = metadata().metadataFileLocation();
    int declared = quotes().schema().columns().size();
    Spec changed =
        withQuotes(
            table -> {
              List<Spec.Column> columns = new ArrayList<>();
              for (Spec.Column column : table.columns()) {
                switch (column.name()) {
                  case "low_price" -> columns.add(new Spec.Column("low_price", "decimal(30, 12)", column.required(), column.doc()));
                  case "vwap" -> columns.add(new Spec.Column("vwap", column.type(), column.required(), "another text"));
                  case "source" -> columns.add(new Spec.Column("source", column.type(), false, column.doc()));
                  default -> columns.add(column);
                }
              }
              columns.add(2, new Spec.Column("venue", "string", true, "where it was traded"));
              columns.add(new Spec.Column("spread", "decimal(24, 12)", false, "of the minute"));
              Map<String, String> properties = new HashMap<>(table.properties());
              properties.put("write.metadata.previous-versions-max", "2");
              return new Spec.Table(table.name(), columns, table.identifier(), table.partition(), List.of("start_window"), properties);
            });
    List<TableChange> changes = CreateTables.createTables(catalog, changed);
    for (TableChange change : changes) {
      boolean isQuotes = change.name().equals(QUOTES);
      assertEquals(new TableChange(change.name(), isQuotes ? "evolved" : "unchanged", isQuotes ? List.of("venue", "spread") : List.of()), change);
    }
    Types.NestedField venue = quotes().schema().findField("venue");
    assertTrue(venue.isOptional(), "existing rows have no value for it");
    assertEquals(declared + 1, venue.fieldId());
    assertEquals("where it was traded", venue.doc());
    assertEquals(Types.DecimalType.of(30, 12), quotes().schema().findField("low_price").type());
    assertEquals("another text", quotes().schema().findField("vwap").doc());
    assertTrue(quotes().schema().findField("source").isOptional());
    assertEquals(1, quotes().sortOrder().fields().size());
    assertEquals("2", quotes().properties().get("write.metadata.previous-versions-max"));
    assertEquals("spread,venue", quotes().properties().get("cryptodm.columns-added"));
    assertEquals(before, metadata().previousFiles().get(0).file());
    assertTrue(CreateTables.createTables(catalog, changed).stream().allMatch(change -> change.action().equals("unchanged")));
  }

  @Test
  void keepsAColumnThatLeftTheDeclaration() {
    CreateTables.createTables(catalog, GOLDEN);
    Spec changed =
        withQuotes(table -> withColumns(table, table.columns().stream().filter(column -> !column.name().equals("trade_count")).toList()));
    CreateTables.createTables(catalog, changed);
    assertNotNull(quotes().schema().findField("trade_count"));
  }

  @Test
  void refusesANewColumnInTheIdentifierAndChangesNothing() {
    CreateTables.createTables(catalog, GOLDEN);
    String before = metadata().metadataFileLocation();
    Spec changed =
        withQuotes(
            table -> {
              List<Spec.Column> columns = new ArrayList<>(table.columns());
              columns.add(new Spec.Column("venue", "string", true, "d"));
              List<String> identifier = new ArrayList<>(table.identifier());
              identifier.add("venue");
              return new Spec.Table(table.name(), columns, identifier, table.partition(), table.sort(), table.properties());
            });
    RefusedEvolution refused = assertThrows(RefusedEvolution.class, () -> CreateTables.createTables(catalog, changed));
    assertEquals(QUOTES, refused.table());
    assertEquals("venue", refused.column());
    assertTrue(refused.reason().startsWith("a new column cannot belong to the identifier"), refused.reason());
    assertEquals(before, metadata().metadataFileLocation());
  }

  @Test
  void makesNoDatabase() {
    catalog.dropNamespace(Namespace.of("crypto_gold"));
    FunctionFault fault = assertThrows(FunctionFault.class, () -> CreateTables.createTables(catalog, GOLDEN));
    assertEquals("there is no database crypto_gold in the catalog", fault.getMessage());
    assertEquals("Run \"cryptodm up\".", fault.next());
    assertFalse(catalog.tableExists(TableIdentifier.parse(QUOTES)));
  }

  @Test
  void namesWhatTheEnvironmentLacks() {
    FunctionFault fault = assertThrows(FunctionFault.class, () -> LakeEnvironment.read(Map.of("AWS_REGION", "us-east-1")));
    assertEquals("the environment lacks SPEC_URI, WORKGROUP", fault.getMessage());
    Map<String, String> whole = Map.of("AWS_REGION", "us-east-1", "SPEC_URI", "s3://acme-artifacts/spec/lake.json", "WORKGROUP", "acme-lake");
    assertEquals(new LakeEnvironment(new ObjectAddress("acme-artifacts", "spec/lake.json"), "acme-lake", false), LakeEnvironment.read(whole));
    assertThrows(FunctionFault.class, () -> ObjectAddress.of("/etc/lake.json"));
  }
}
