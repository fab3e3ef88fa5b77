import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cryptodm.contracts.Spec;
import io.cryptodm.tables.LakeCatalog;
import java.io.Closeable;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.UUID;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.InternalRecordWrapper;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetWriter;
import org.apache.iceberg.io.DataWriter;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.parquet.Parquet;

/**
 * Fills {@code crypto_db.crypto_quote} as a writer does that nobody looks after: {@code SPEC FILES ROWS SNAPSHOTS}, all in one day a year ago, with
 * commits that are an hour old. Each row is another minute of another coin.
 */
public final class SmallFileTable {
  private static final Instant MIDNIGHT = Instant.parse("2024-07-08T00:00:00Z");
  private static final int MINUTES = 1440;
  private static final Duration AGE = Duration.ofHours(1);

  private SmallFileTable() {}

  public static void main(String[] args) throws Exception {
    Spec spec = Spec.read(Path.of(args[0]));
    int files = Integer.parseInt(args[1]);
    int rows = Integer.parseInt(args[2]);
    int snapshots = Integer.parseInt(args[3]);
    Catalog catalog = LakeCatalog.open(spec.catalog());
    try {
      Table table = catalog.loadTable(LakeCatalog.identifier("crypto_db.crypto_quote"));
      int row = 0;
      for (int snapshot = 0; snapshot < snapshots; snapshot++) {
        AppendFiles append = table.newAppend();
        for (int file = files * snapshot / snapshots; file < files * (snapshot + 1) / snapshots; file++) {
          append.appendFile(write(table, row, rows));
          row += rows;
        }
        append.commit();
      }
      makeOlder(spec, table);
    } finally {
      ((Closeable) catalog).close();
    }
  }

  private static DataFile write(Table table, int first, int rows) throws IOException {
    PartitionKey partition = new PartitionKey(table.spec(), table.schema());
    InternalRecordWrapper internal = new InternalRecordWrapper(table.schema().asStruct());
    partition.partition(internal.wrap(quote(table, first)));
    String name = "data-" + UUID.randomUUID() + ".parquet";
    OutputFile out = table.io().newOutputFile(table.locationProvider().newDataLocation(table.spec(), partition, name));
    DataWriter<Record> writer =
        Parquet.writeData(out)
            .forTable(table)
            .createWriterFunc(GenericParquetWriter::create)
            .withSpec(table.spec())
            .withPartition(partition)
            .withSortOrder(SortOrder.unsorted())
            .build();
    try (writer) {
      for (int row = first; row < first + rows; row++) {
        writer.write(quote(table, row));
      }
    }
    return writer.toDataFile();
  }

  private static Record quote(Table table, int number) {
    OffsetDateTime start = MIDNIGHT.plusSeconds(60L * (number % MINUTES)).atOffset(ZoneOffset.UTC);
    BigDecimal price = BigDecimal.valueOf(1000 + number % 977, 2).setScale(12);
    GenericRecord quote = GenericRecord.create(table.schema());
    for (var field : table.schema().columns()) {
      quote.setField(
          field.name(),
          switch (field.name()) {
            case "asset_id" -> "C%03d".formatted(number / MINUTES);
            case "asset_type" -> "USD";
            case "start_window", "produced_at" -> start;
            case "end_window" -> start.plusMinutes(1);
            case "ref_date" -> start.toLocalDate();
            case "source" -> "simulate";
            default ->
                switch (field.type().typeId()) {
                  case DECIMAL -> price;
                  case LONG -> (long) number;
                  case INTEGER -> number;
                  case STRING -> "";
                  case TIMESTAMP -> start;
                  default -> null;
                };
          });
    }
    return quote;
  }

  /** Upkeep leaves alone what is young. */
  private static void makeOlder(Spec spec, Table table) throws Exception {
    var operations = ((BaseTable) table).operations();
    TableMetadata metadata = operations.refresh();
    ObjectMapper json = new ObjectMapper();
    ObjectNode tree = (ObjectNode) json.readTree(TableMetadataParser.toJson(metadata));
    age(tree, "last-updated-ms");
    tree.withArray("snapshots").forEach(snapshot -> age((ObjectNode) snapshot, "timestamp-ms"));
    tree.withArray("snapshot-log").forEach(entry -> age((ObjectNode) entry, "timestamp-ms"));
    tree.withArray("metadata-log").forEach(entry -> age((ObjectNode) entry, "timestamp-ms"));
    String old = metadata.metadataFileLocation();
    String location = operations.metadataFileLocation("99999-" + UUID.randomUUID() + ".metadata.json");
    TableMetadataParser.write(TableMetadataParser.fromJson(json.writeValueAsString(tree)), table.io().newOutputFile(location));
    try (Connection connection = DriverManager.getConnection(spec.catalog().properties().get("uri"));
        PreparedStatement update =
            connection.prepareStatement("update iceberg_tables set metadata_location = ? where metadata_location = ?")) {
      update.setString(1, location);
      update.setString(2, old);
      if (update.executeUpdate() != 1) {
        throw new IllegalStateException("somebody else wrote " + table.name());
      }
    }
  }

  private static void age(ObjectNode node, String field) {
    node.put(field, node.get(field).asLong() - AGE.toMillis());
  }
}
