import io.cryptodm.contracts.Spec;
import io.cryptodm.tables.catalog.LakeCatalog;
import java.io.Closeable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.InternalRecordWrapper;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetWriter;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.DataWriter;
import org.apache.iceberg.parquet.Parquet;

/**
 * Appends copies of a table's first row as a program with Iceberg's library does, which knows nothing of keys:
 * {@code java ForeignAppend.java SPEC TABLE COLUMN VALUE...}, one copy with each value in a text column.
 */
public class ForeignAppend {
  public static void main(String[] args) throws Exception {
    Spec spec = Spec.read(Path.of(args[0]));
    Catalog catalog = LakeCatalog.open(spec.catalog());
    Table table = catalog.loadTable(LakeCatalog.identifier(args[1]));
    List<Record> copies = new ArrayList<>();
    try (CloseableIterable<Record> rows = IcebergGenerics.read(table).build()) {
      Record first = rows.iterator().next();
      for (String value : List.of(args).subList(3, args.length)) {
        Record copy = first.copy();
        copy.setField(args[2], value);
        copies.add(copy);
      }
    }
    PartitionKey partition = new PartitionKey(table.spec(), table.schema());
    partition.partition(new InternalRecordWrapper(table.schema().asStruct()).wrap(copies.get(0)));
    String name = "foreign-" + UUID.randomUUID() + ".parquet";
    String location = table.spec().isUnpartitioned()
        ? table.locationProvider().newDataLocation(name)
        : table.locationProvider().newDataLocation(table.spec(), partition, name);
    DataWriter<Record> writer =
        Parquet.writeData(table.io().newOutputFile(location))
            .forTable(table)
            .createWriterFunc((schema, type) -> GenericParquetWriter.create(schema, type))
            .withSpec(table.spec())
            .withPartition(partition)
            .overwrite()
            .build();
    try (writer) {
      copies.forEach(writer::write);
    }
    table.newAppend().appendFile(writer.toDataFile()).set("engine-name", "tester").set("engine-version", "1").commit();
    ((Closeable) catalog).close();
  }
}
