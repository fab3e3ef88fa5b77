import java.io.File;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.InternalRecordWrapper;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetWriter;
import org.apache.iceberg.deletes.PositionDelete;
import org.apache.iceberg.deletes.PositionDeleteWriter;
import org.apache.iceberg.io.DataWriter;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.shaded.com.fasterxml.jackson.databind.JsonNode;
import org.apache.iceberg.shaded.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.iceberg.types.Types;

/**
 * Writes a warehouse with Iceberg itself, by the columns of the spec: `Generate SPEC FOLDER empty|trading|many [COMMITS]`.
 * `empty`: tables without a snapshot. `trading`: revisions as position deletes, midnight, decimals at their limits, an
 * expired snapshot, an added column. `many`: COMMITS small commits, each of which revises a row, for measurements.
 */
public class Generate {
  static final OffsetDateTime FIRST_MINUTE = OffsetDateTime.of(2025, 7, 8, 0, 0, 0, 0, ZoneOffset.UTC);
  /** The tests list them. */
  static final List<String> TABLES =
      List.of("crypto_db.crypto_quote", "crypto_db.crypto_trader", "crypto_db.crypto_assets", "crypto_db.bad_record");
  static int files = 0;

  public static void main(String[] args) throws Exception {
    JsonNode spec = new ObjectMapper().readTree(new File(args[0]));
    String root = args[1];
    new File(root).mkdirs();
    Catalog catalog =
        CatalogUtil.buildIcebergCatalog(
            "lake",
            Map.of(
                "type", "jdbc",
                "uri", "jdbc:sqlite:" + root + "/catalog.db?journal_mode=WAL&busy_timeout=30000&synchronous=NORMAL",
                "jdbc.schema-version", "V1",
                "warehouse", root + "/warehouse"),
            new Configuration());
    ((SupportsNamespaces) catalog).createNamespace(Namespace.of("crypto_db"));
    for (JsonNode table : spec.get("tables")) {
      if (TABLES.contains(table.get("name").asText())) create(catalog, table);
    }
    Table quotes = catalog.loadTable(TableIdentifier.of("crypto_db", "crypto_quote"));
    Table trades = catalog.loadTable(TableIdentifier.of("crypto_db", "crypto_trader"));
    Table assets = catalog.loadTable(TableIdentifier.of("crypto_db", "crypto_assets"));
    Table bad = catalog.loadTable(TableIdentifier.of("crypto_db", "bad_record"));
    switch (args[2]) {
      case "empty" -> {}
      case "trading" -> writeTrading(quotes, trades, assets, bad);
      case "many" -> writeMany(quotes, Integer.parseInt(args[3]));
      default -> throw new IllegalArgumentException(args[2]);
    }
    ((AutoCloseable) catalog).close();
  }

  static void create(Catalog catalog, JsonNode declared) {
    List<Types.NestedField> fields = new ArrayList<>();
    for (JsonNode column : declared.get("columns")) {
      fields.add(
          Types.NestedField.of(
              fields.size() + 1,
              !column.get("required").asBoolean(),
              column.get("name").asText(),
              Types.fromPrimitiveString(column.get("type").asText()),
              column.get("doc").asText()));
    }
    Schema schema = new Schema(fields);
    PartitionSpec.Builder partition = PartitionSpec.builderFor(schema);
    declared.get("partition").forEach(part -> partition.day(part.get("column").asText()));
    Map<String, String> properties = new java.util.HashMap<>();
    declared.get("properties").fields().forEachRemaining(entry -> properties.put(entry.getKey(), entry.getValue().asText()));
    // Paths in the files stay uncompressed, so that a path of equal length can replace them.
    properties.put("write.delete.parquet.compression-codec", "uncompressed");
    properties.put("write.metadata.previous-versions-max", "1");
    catalog.createTable(TableIdentifier.parse(declared.get("name").asText()), schema, partition.build(), properties);
  }

  static void writeTrading(Table quotes, Table trades, Table assets, Table bad) throws Exception {
    DataFile evening =
        write(
            quotes,
            quote(quotes, "BTC", "2025-07-08T23:58:00Z", "108000.00", 1),
            quote(quotes, "BTC", "2025-07-08T23:59:00Z", "108200.50", 2),
            quote(quotes, "LTC", "2025-07-08T23:59:00Z", "86.123456789012", 3));
    quotes.newAppend().appendFile(evening).commit();
    Thread.sleep(1100);
    DataFile night =
        write(
            quotes,
            quote(quotes, "BTC", "2025-07-09T00:00:00Z", "108300.25", 4),
            quote(quotes, "BTC", "2025-07-09T00:01:00Z", "108400.75", 5));
    quotes.newAppend().appendFile(night).commit();
    Thread.sleep(1100);
    // A lower revision: one commit deletes the row at position 1 and adds its new value.
    quotes
        .newRowDelta()
        .addDeletes(delete(quotes, evening, 1))
        .addRows(write(quotes, quote(quotes, "BTC", "2025-07-08T23:59:00Z", "108100.50", 6)))
        .commit();
    Thread.sleep(1100);
    quotes
        .newAppend()
        .appendFile(
            write(
                quotes,
                quote(quotes, "MAX", "2025-07-09T00:00:00Z", "999999999999.999999999999", 7),
                quote(quotes, "MIN", "2025-07-09T00:00:00Z", "0.000000000001", 8)))
        .commit();

    trades
        .newAppend()
        .appendFile(
            write(
                trades,
                trade(trades, "t-first-instant", "BTC", "2025-07-08T23:59:00Z", "1", 1),
                trade(trades, "t-last-instant", "BTC", "2025-07-08T23:59:59.999999Z", "0.000000000001", 2),
                trade(trades, "t-without-quote", "BTC", "2025-07-08T23:57:59.999999Z", "2", 3)))
        .appendFile(
            write(
                trades,
                trade(trades, "t-midnight", "BTC", "2025-07-09T00:00:00Z", "0.5", 4),
                trade(trades, "t-without-icon", "MIN", "2025-07-09T00:00:30Z", "999999999999.999999999999", 5),
                trade(trades, "t-large", "MAX", "2025-07-09T00:00:30Z", "99", 6)))
        .commit();

    assets.newAppend().appendFile(write(assets, asset(assets, "BTC", "https://icons.test/btc.png"))).commit();
    Thread.sleep(1100);
    assets.newAppend().appendFile(write(assets, asset(assets, "LTC", "https://icons.test/ltc.png"))).commit();
    Thread.sleep(1100);
    assets.updateSchema().addColumn("title", Types.StringType.get()).commit();
    GenericRecord titled = asset(assets, "MAX", "https://icons.test/max.png");
    titled.setField("title", "Maximum, \"the\" coin");
    assets.newAppend().appendFile(write(assets, titled)).commit();
    assets.expireSnapshots().expireOlderThan(System.currentTimeMillis()).retainLast(2).commit();

    GenericRecord record = GenericRecord.create(bad.schema());
    record.setField("topic", "coinbase-currencies");
    record.setField("partition", 0);
    record.setField("offset", 9007199254740993L);
    record.setField("generation", 1L);
    record.setField("reason", "not JSON");
    record.setField("payload", ByteBuffer.wrap(new byte[] {0, (byte) 0xff, 'a', '"'}));
    record.setField("source", "unknown");
    record.setField("seen_at", OffsetDateTime.parse("2025-07-08T23:59:59.123456Z"));
    bad.newAppend().appendFile(write(bad, record)).commit();
  }

  static void writeMany(Table quotes, int commits) throws Exception {
    DataFile before = null;
    for (int commit = 0; commit < commits; commit++) {
      GenericRecord[] rows = new GenericRecord[100];
      for (int row = 0; row < rows.length; row++) {
        String minute = FIRST_MINUTE.plusMinutes((long) commit * rows.length / 10 + row / 10).toString();
        rows[row] = quote(quotes, "C" + row % 10, minute, "100." + row, commit * rows.length + row);
      }
      DataFile data = write(quotes, rows);
      if (before == null) quotes.newAppend().appendFile(data).commit();
      else quotes.newRowDelta().addDeletes(delete(quotes, before, 3)).addRows(data).commit();
      before = data;
    }
  }

  static GenericRecord quote(Table table, String coin, String minute, String price, long revision) {
    OffsetDateTime start = OffsetDateTime.parse(minute);
    BigDecimal value = new BigDecimal(price).setScale(12);
    GenericRecord record = GenericRecord.create(table.schema());
    record.setField("asset_id", coin);
    record.setField("asset_type", "USD");
    record.setField("start_window", start);
    record.setField("end_window", start.plusMinutes(1));
    for (String column : List.of("price_crypto", "open_price", "high_price", "low_price")) record.setField(column, value);
    record.setField("ref_date", start.toLocalDate());
    record.setField("volume", new BigDecimal("1.500000000000"));
    record.setField("trade_count", revision % 2 == 0 ? null : revision);
    record.setField("source", "replay");
    record.setField("seen_at", start.plusSeconds(61));
    record.setField("revision", (1L << 40) + revision);
    return record;
  }

  static GenericRecord trade(Table table, String id, String coin, String at, String quantity, long revision) {
    OffsetDateTime instant = OffsetDateTime.parse(at);
    GenericRecord record = GenericRecord.create(table.schema());
    record.setField("transaction_id", id);
    record.setField("document_id", "user-1");
    record.setField("asset_id", coin);
    record.setField("asset_type", "USD");
    record.setField("transaction_timestamp", instant);
    record.setField("trade_type", "BUY");
    record.setField("quantity", new BigDecimal(quantity).setScale(12));
    record.setField("ref_date", instant.toLocalDate());
    record.setField("source", "trader");
    record.setField("seen_at", instant);
    record.setField("revision", (1L << 40) + revision);
    return record;
  }

  static GenericRecord asset(Table table, String coin, String url) {
    GenericRecord record = GenericRecord.create(table.schema());
    record.setField("asset_id", coin);
    record.setField("url", url);
    record.setField("load_date", LocalDate.of(2025, 7, 8));
    return record;
  }

  /** One data file; its rows belong to one partition. */
  static DataFile write(Table table, Record... rows) throws Exception {
    PartitionKey key = keyOf(table, rows[0]);
    DataWriter<Record> writer =
        Parquet.writeData(table.io().newOutputFile(location(table, key, "data")))
            .forTable(table)
            .withPartition(key)
            .createWriterFunc(GenericParquetWriter::create)
            .build();
    try (writer) {
      for (Record row : rows) writer.write(row);
    }
    return writer.toDataFile();
  }

  static DeleteFile delete(Table table, DataFile file, long position) throws Exception {
    PartitionKey key = new PartitionKey(table.spec(), table.schema());
    PositionDeleteWriter<Record> writer =
        Parquet.writeDeletes(table.io().newOutputFile(file.location().replaceFirst("[^/]+$", "delete-" + files++ + ".parquet")))
            .forTable(table)
            .withSpec(table.spec())
            .withPartition(file.partition())
            .rowSchema(null)
            .buildPositionWriter();
    try (writer) {
      writer.write(PositionDelete.<Record>create().set(file.location(), position));
    }
    return writer.toDeleteFile();
  }

  static PartitionKey keyOf(Table table, Record row) {
    PartitionKey key = new PartitionKey(table.spec(), table.schema());
    key.partition(new InternalRecordWrapper(table.schema().asStruct()).wrap(row));
    return key;
  }

  static String location(Table table, PartitionKey key, String kind) {
    String name = kind + "-" + files++ + ".parquet";
    return table.spec().isUnpartitioned()
        ? table.locationProvider().newDataLocation(name)
        : table.locationProvider().newDataLocation(table.spec(), key, name);
  }
}
