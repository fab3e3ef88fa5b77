import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cryptodm.contracts.Spec;
import io.cryptodm.tables.catalog.LakeCatalog;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
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
 * Fills {@code crypto_db.crypto_quote}, all in one day a year ago, with commits that are an hour old: {@code SPEC FILES ROWS SNAPSHOTS [COINS]}, rows
 * for each file. Each row is another minute of another coin: one coin after the other or, where their number is given, minute after minute of
 * all of them, as they come in on a day.
 */
public final class FilledTable {
  private static final Instant MIDNIGHT = Instant.parse("2024-07-08T00:00:00Z");
  private static final int MINUTES = 1440;
  private static final Duration AGE = Duration.ofHours(1);

  private FilledTable() {}

  public static void main(String[] args) throws Exception {
    Spec spec = Spec.read(Path.of(args[0]));
    int files = Integer.parseInt(args[1]);
    int rows = Integer.parseInt(args[2]);
    int snapshots = Integer.parseInt(args[3]);
    IntFunction<Place> places = args.length > 4 ? byMinute(Integer.parseInt(args[4])) : FilledTable::byCoin;
    Catalog catalog = LakeCatalog.open(spec.catalog());
    try {
      Table table = catalog.loadTable(LakeCatalog.identifier("crypto_db.crypto_quote"));
      for (int snapshot = 0; snapshot < snapshots; snapshot++) {
        AppendFiles append = table.newAppend();
        IntStream.range(files * snapshot / snapshots, files * (snapshot + 1) / snapshots)
            .parallel()
            .mapToObj(file -> write(table, IntStream.range(file * rows, (file + 1) * rows), places))
            .toList()
            .forEach(append::appendFile);
        append.commit();
      }
      makeOlder(spec, table);
    } finally {
      ((Closeable) catalog).close();
    }
  }

  /** Position of a row: its number, from which its price follows, its coin and its minute of the day. */
  private record Place(int number, String coin, int minute) {}

  private static Place byCoin(int number) {
    return new Place(number, coin(number / MINUTES), number % MINUTES);
  }

  private static IntFunction<Place> byMinute(int coins) {
    return number -> new Place(number, coin(number % coins), number / coins);
  }

  private static String coin(int number) {
    return "C%03d".formatted(number);
  }

  private static DataFile write(Table table, IntStream numbers, IntFunction<Place> places) {
    List<Place> sorted = numbers.mapToObj(places).sorted(Comparator.comparing(Place::coin).thenComparing(Place::minute)).toList();
    PartitionKey partition = new PartitionKey(table.spec(), table.schema());
    InternalRecordWrapper internal = new InternalRecordWrapper(table.schema().asStruct());
    partition.partition(internal.wrap(quote(table, sorted.get(0))));
    String name = "data-" + UUID.randomUUID() + ".parquet";
    OutputFile out = table.io().newOutputFile(table.locationProvider().newDataLocation(table.spec(), partition, name));
    try {
      DataWriter<Record> writer =
          Parquet.writeData(out)
              .forTable(table)
              .createWriterFunc(GenericParquetWriter::create)
              .withSpec(table.spec())
              .withPartition(partition)
              .withSortOrder(SortOrder.unsorted())
              .build();
      try (writer) {
        sorted.forEach(place -> writer.write(quote(table, place)));
      }
      return writer.toDataFile();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Record quote(Table table, Place place) {
    OffsetDateTime start = MIDNIGHT.plusSeconds(60L * place.minute()).atOffset(ZoneOffset.UTC);
    BigDecimal price = BigDecimal.valueOf(1000 + place.number() % 977, 2).setScale(12);
    GenericRecord quote = GenericRecord.create(table.schema());
    for (var field : table.schema().columns()) {
      quote.setField(
          field.name(),
          switch (field.name()) {
            case "asset_id" -> place.coin();
            case "asset_type" -> "USD";
            case "start_window", "produced_at" -> start;
            case "end_window" -> start.plusMinutes(1);
            case "ref_date" -> start.toLocalDate();
            case "source" -> "simulate";
            default ->
                switch (field.type().typeId()) {
                  case DECIMAL -> price;
                  case LONG -> (long) place.number();
                  case INTEGER -> place.number();
                  case STRING -> "";
                  case TIMESTAMP -> start;
                  default -> null;
                };
          });
    }
    return quote;
  }

  /** Old enough for maintenance, which skips young files. */
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
