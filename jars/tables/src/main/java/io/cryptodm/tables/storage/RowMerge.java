package io.cryptodm.tables.storage;

import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.RowOrder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.function.LongPredicate;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.DataWriter;

/**
 * Merges the rows of several sources of one partition into files, in the table's order if each source is. Of each file only the row group being
 * read is in memory.
 */
public final class RowMerge {
  private final Table table;
  private final TableFiles files;
  private final Comparator<Row> order;

  public RowMerge(Table table, TableFiles files) {
    this.table = table;
    this.files = files;
    this.order = RowOrder.of(table.schema(), table.sortOrder());
  }

  /** The table's sort order. */
  public Comparator<Row> order() {
    return order;
  }

  /** Writes the live rows of files into one; files in the table's order give a file in that order. */
  public DataFile merge(List<FileScanTask> tasks, StructLike partition) {
    return merge(tasks, partition, position -> false);
  }

  /** As above, without the rows at the {@code gone} positions. */
  public DataFile merge(List<FileScanTask> tasks, StructLike partition, LongPredicate gone) {
    int sorted = table.sortOrder().orderId();
    boolean allSorted = tasks.stream().allMatch(task -> Objects.equals(task.file().sortOrderId(), sorted));
    List<RowSource> sources = new ArrayList<>();
    try {
      tasks.forEach(task -> sources.add(files.live(task, gone)));
      return write(sources, partition, new TableFiles.Kind(false, allSorted), Long.MAX_VALUE).get(0);
    } finally {
      sources.forEach(RowSource::close);
    }
  }

  /** Writes all rows into files of {@code rowsPerFile} rows, the last one shorter; without any row, one empty file. */
  public List<DataFile> write(List<RowSource> sources, StructLike partition, TableFiles.Kind kind, long rowsPerFile) {
    PriorityQueue<RowSource> queue = new PriorityQueue<>((left, right) -> order.compare(left.row(), right.row()));
    sources.stream().filter(RowSource::advance).forEach(queue::add);
    List<DataFile> written = new ArrayList<>();
    try {
      do {
        written.add(writeOne(queue, partition, kind, rowsPerFile));
      } while (!queue.isEmpty());
      return written;
    } catch (RuntimeException e) {
      files.discard(written.stream().map(DataFile::location).toList());
      throw e;
    }
  }

  private DataFile writeOne(PriorityQueue<RowSource> queue, StructLike partition, TableFiles.Kind kind, long rows) {
    try (DataWriter<Row> writer = files.open(partition, kind)) {
      for (long row = 0; row < rows && !queue.isEmpty(); row++) {
        RowSource next = queue.poll();
        writer.write(next.row());
        if (next.advance()) {
          queue.add(next);
        }
      }
      writer.close();
      return writer.toDataFile();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write to " + table.name(), e);
    }
  }
}
