package io.cryptodm.tables.storage;

import io.cryptodm.tables.rows.KeyedRow;
import io.cryptodm.tables.rows.Row;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.LongPredicate;
import java.util.function.ObjLongConsumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileContent;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.BaseDeleteLoader;
import org.apache.iceberg.data.DeleteLoader;
import org.apache.iceberg.data.parquet.InternalReader;
import org.apache.iceberg.data.parquet.InternalWriter;
import org.apache.iceberg.deletes.PositionDelete;
import org.apache.iceberg.deletes.PositionDeleteIndex;
import org.apache.iceberg.deletes.PositionDeleteWriter;
import org.apache.iceberg.expressions.Evaluator;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.DataWriter;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.types.Types;

/** Reads and writes the Parquet files of one table, in Iceberg's internal form of values. */
public final class TableFiles {
  private final Table table;
  private final Schema schema;
  private final Schema withPosition;
  private final DeleteLoader deletes;

  public TableFiles(Table table, Schema schema) {
    this(table, schema, new BaseDeleteLoader(table.io()::newInputFile, ManifestExecutor.of(table)));
  }

  /** For work on many data files of a partition, whose position deletes stand in the same files. */
  public static TableFiles ofMany(Table table) {
    return new TableFiles(table, table.schema(), new RememberedDeletes(table));
  }

  private TableFiles(Table table, Schema schema, DeleteLoader deletes) {
    this.table = table;
    this.deletes = deletes;
    this.schema = schema;
    List<Types.NestedField> fields = new ArrayList<>(schema.columns());
    fields.add(MetadataColumns.ROW_POSITION);
    this.withPosition = new Schema(fields);
  }

  /** How a data file is written.
   *
   * @param hot a later commit replaces it as a whole
   * @param sorted its rows are in the table's order */
  public record Kind(boolean hot, boolean sorted) {}

  /** Writes rows of one partition in the order given. */
  public DataFile write(List<KeyedRow> rows, StructLike partition, Kind kind) {
    return write(rows.size(), place -> rows.get(place).row(), partition, kind);
  }

  /**
   * The same of rows that are made one after the other.
   *
   * @param rows gives the row of each place below the count, in this order
   */
  public DataFile write(int count, IntFunction<Row> rows, StructLike partition, Kind kind) {
    String location = newLocation(partition, kind);
    try (DataWriter<Row> writer = open(location, table.spec(), partition, kind)) {
      for (int place = 0; place < count; place++) {
        writer.write(rows.apply(place));
      }
      writer.close();
      return writer.toDataFile();
    } catch (IOException e) {
      discard(List.of(location));
      throw new UncheckedIOException("Cannot write to " + table.name(), e);
    } catch (RuntimeException e) {
      discard(List.of(location));
      throw e;
    }
  }

  /** Takes over a file that another process has written, so that the commit which names it makes it durable. */
  public void adopt(DataFile file) {
    if (table.io() instanceof LocalFileIO local) {
      local.adopt(file.location());
    }
  }

  /** Opens a new file of one partition. */
  DataWriter<Row> open(StructLike partition, Kind kind) throws IOException {
    return open(newLocation(partition, kind), table.spec(), partition, kind);
  }

  private String newLocation(StructLike partition, Kind kind) {
    return newLocation(table.spec(), partition, kind.hot() ? HotFileName.next() : "data-" + UUID.randomUUID() + ".parquet");
  }

  private String newLocation(PartitionSpec spec, StructLike partition, String name) {
    return spec.isUnpartitioned()
        ? table.locationProvider().newDataLocation(name)
        : table.locationProvider().newDataLocation(spec, partition, name);
  }

  private DataWriter<Row> open(String location, PartitionSpec spec, StructLike partition, Kind kind) throws IOException {
    return HadoopDefaults.without(() -> Parquet.writeData(table.io().newOutputFile(location)))
        .forTable(table)
        .schema(schema)
        .createWriterFunc((itsSchema, type) -> InternalWriter.createWriter(itsSchema, type))
        .withSpec(spec)
        .withPartition(partition)
        .withSortOrder(kind.sorted() ? table.sortOrder() : SortOrder.unsorted())
        .overwrite()
        .build();
  }

  /** A row of a data file that is to be deleted. */
  public record Position(String file, int row) {}

  /** Writes the position deletes of one partition. */
  public DeleteFile writeDeletes(List<Position> positions, PartitionSpec spec, StructLike partition) {
    return writeSortedDeletes(positions.stream().sorted(Comparator.comparing(Position::file).thenComparingInt(Position::row)), spec, partition);
  }

  /** The same of positions that come in order of file and row, which Iceberg's format demands. */
  public DeleteFile writeSortedDeletes(Stream<Position> positions, PartitionSpec spec, StructLike partition) {
    String location = newLocation(spec, partition, "deletes-" + UUID.randomUUID() + ".parquet");
    try {
      PositionDeleteWriter<Row> writer =
          HadoopDefaults.without(() -> Parquet.writeDeletes(table.io().newOutputFile(location)))
              .forTable(table)
              .rowSchema(null)
              .withSpec(spec)
              .withPartition(partition)
              .overwrite()
              .buildPositionWriter();
      PositionDelete<Row> delete = PositionDelete.create();
      try (writer) {
        positions.forEach(position -> writer.write(delete.set(position.file(), position.row())));
      }
      return writer.toDeleteFile();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write " + location, e);
    }
  }

  /** The files that may hold rows matching a filter. */
  public List<FileScanTask> plan(Expression filter) {
    List<FileScanTask> tasks = new ArrayList<>();
    try (CloseableIterable<FileScanTask> planned = table.newScan().filter(filter).planFiles()) {
      planned.forEach(tasks::add);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the manifests of " + table.name(), e);
    }
    return tasks;
  }

  /**
   * Reads the live rows of a file (those not deleted) that may match the task's filter.
   *
   * @param each takes a row and its position in the file
   * @return number of live rows in the file, whether they match or not
   */
  public long read(FileScanTask task, ObjLongConsumer<Row> each) {
    return read(task, row -> true, each);
  }

  /**
   * The same for a few rows: those that are not wanted are not even copied.
   *
   * @param wanted gets the values in the order of the columns
   */
  public long read(FileScanTask task, Predicate<StructLike> wanted, ObjLongConsumer<Row> each) {
    PositionDeleteIndex deletes = deletes(task);
    try (CloseableIterable<StructLike> rows = open(task)) {
      int columns = schema.columns().size();
      for (StructLike row : rows) {
        if (!wanted.test(row)) {
          continue;
        }
        long position = row.get(columns, Long.class);
        if (!deletes.isDeleted(position)) {
          each.accept(copy(row, columns), position);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + task.file().location(), e);
    }
    return task.file().recordCount() - (deletes.isEmpty() ? 0 : deletes.cardinality());
  }

  /** Reads the rows of a file that match a filter, deleted ones too. */
  public void readAll(DataFile file, Expression filter, Consumer<Row> each) {
    readAll(file, List.of(), filter, each);
  }

  /** The same without the rows that some files of position deletes name. */
  public void readAll(DataFile file, List<DeleteFile> without, Expression filter, Consumer<Row> each) {
    Evaluator evaluator = new Evaluator(schema.asStruct(), filter);
    PositionDeleteIndex gone = positions(without, file);
    try (CloseableIterable<StructLike> rows = open(file, filter)) {
      int columns = schema.columns().size();
      for (StructLike row : rows) {
        if (evaluator.eval(row) && (gone.isEmpty() || !gone.isDeleted(row.get(columns, Long.class)))) {
          each.accept(copy(row, columns));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + file.location(), e);
    }
  }

  /** Positions of the deleted rows of the task's file. */
  public PositionDeleteIndex deletes(FileScanTask task) {
    if (task.deletes().isEmpty()) {
      return PositionDeleteIndex.empty();
    }
    if (task.deletes().stream().anyMatch(delete -> delete.content() == FileContent.EQUALITY_DELETES)) {
      throw new IllegalStateException(
          "Table " + table.name() + " has equality deletes, which this lake never writes and cannot read: "
              + "rewrite its data files with the tool that wrote them");
    }
    return deletes.loadPositionDeletes(task.deletes(), task.file().location());
  }

  private CloseableIterable<StructLike> open(FileScanTask task) {
    return open(task.file(), task.residual());
  }

  private CloseableIterable<StructLike> open(DataFile file, Expression filter) {
    return Parquet.read(table.io().newInputFile(file))
        .project(withPosition)
        .filter(filter)
        .createReaderFunc(type -> InternalReader.create(withPosition, type))
        .build();
  }

  private Row copy(StructLike row, int columns) {
    Object[] values = new Object[columns];
    for (int i = 0; i < columns; i++) {
      values[i] = compact(row.get(i, Object.class));
    }
    return new Row(values, -1, -1);
  }

  /** A decimal that was read holds a big integer; most fit into a long, which takes less than half of the memory. */
  private static Object compact(Object value) {
    if (value instanceof BigDecimal decimal) {
      BigInteger unscaled = decimal.unscaledValue();
      return unscaled.bitLength() < Long.SIZE ? BigDecimal.valueOf(unscaled.longValue(), decimal.scale()) : decimal;
    }
    return value;
  }

  /** The live rows of a file, without those at the {@code gone} positions. */
  RowSource live(FileScanTask task, LongPredicate gone) {
    PositionDeleteIndex deletes = deletes(task);
    return new FileRows(open(task), position -> deletes.isDeleted(position) || gone.test(position));
  }

  /** All rows of a file that is not part of a table. */
  public RowSource all(DataFile file) {
    return all(file, List.of());
  }

  /** The rows of a file without those that some files of position deletes name. */
  public RowSource all(DataFile file, List<DeleteFile> without) {
    PositionDeleteIndex gone = positions(without, file);
    return new FileRows(open(file, Expressions.alwaysTrue()), gone::isDeleted);
  }

  private PositionDeleteIndex positions(List<DeleteFile> files, DataFile of) {
    return files.isEmpty() ? PositionDeleteIndex.empty() : deletes.loadPositionDeletes(files, of.location());
  }

  private final class FileRows implements RowSource {
    private final CloseableIterable<StructLike> source;
    private final Iterator<StructLike> iterator;
    private final LongPredicate gone;
    private Row row;
    private long passed;

    FileRows(CloseableIterable<StructLike> source, LongPredicate gone) {
      this.source = source;
      this.iterator = source.iterator();
      this.gone = gone;
    }

    @Override
    public boolean advance() {
      int columns = schema.columns().size();
      while (iterator.hasNext()) {
        StructLike next = iterator.next();
        long position = next.get(columns, Long.class);
        if (!gone.test(position)) {
          row = copy(next, columns);
          passed = position + 1;
          return true;
        }
      }
      return false;
    }

    @Override
    public Row row() {
      return row;
    }

    @Override
    public long passed() {
      return passed;
    }

    @Override
    public void close() {
      try {
        source.close();
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot close a data file of " + table.name(), e);
      }
    }
  }

  /** The partition of a file, or null if it was written with another partition spec. */
  public PartitionKey partitionOf(ContentFile<?> file) {
    if (file.specId() != table.spec().specId()) {
      return null;
    }
    PartitionKey partition = new PartitionKey(table.spec(), schema);
    for (int i = 0; i < file.partition().size(); i++) {
      partition.set(i, file.partition().get(i, Object.class));
    }
    return partition;
  }

  /** Removes files that belong to no commit. */
  public void discard(Iterable<String> locations) {
    for (String location : locations) {
      try {
        table.io().deleteFile(location);
      } catch (RuntimeException e) {
        // An orphan file only costs space, and the maintenance removes it.
      }
    }
  }
}
