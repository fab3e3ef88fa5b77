package io.cryptodm.tables.compact;

import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.storage.RowMerge;
import io.cryptodm.tables.storage.RowSource;
import io.cryptodm.tables.storage.TableFiles;
import io.cryptodm.tables.verify.GuardedTable;
import io.cryptodm.tables.verify.RowChecksum;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileContent;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.expressions.Expression;

/**
 * Writes the live rows of many files of one partition into few sorted files, in this process. Rows are sorted in memory up to a limit; beyond it,
 * sorted runs are written beside the table, merged, and removed (external merge sort).
 */
public final class SortedRewrite {
  /** Rows that each of the {@link #LANES} holds in memory, about 400 bytes each. */
  private static final int RUN_ROWS = 300_000;

  /** Threads that read and sort. */
  private static final int LANES = 2;

  private static final TableFiles.Kind SORTED = new TableFiles.Kind(false, true);

  private final Schema schema;
  private final GuardedTable.Comparison compared;
  private final TableFiles files;
  private final RowMerge merge;
  private final Comparator<Row> order;
  private final int runRows;

  /** @param compared gets the checksums of what is read, so that a {@link GuardedTable} need not read it again */
  public SortedRewrite(Table table, GuardedTable.Comparison compared) {
    this(table, compared, RUN_ROWS);
  }

  SortedRewrite(Table table, GuardedTable.Comparison compared, int runRows) {
    this.schema = table.schema();
    this.compared = compared;
    this.files = TableFiles.ofMany(table);
    this.merge = new RowMerge(table, files);
    this.order = merge.order();
    this.runRows = runRows;
  }

  /** False for files with another partition spec or with equality deletes, which this lake never writes. */
  public boolean canRead(FileScanTask task) {
    return files.partitionOf(task.file()) != null && task.deletes().stream().noneMatch(delete -> delete.content() == FileContent.EQUALITY_DELETES);
  }

  /**
   * Writes the sorted files.
   *
   * @param tasks files of one partition that {@link #canRead}
   * @param outputs wanted number of files
   */
  public Set<DataFile> write(List<FileScanTask> tasks, int outputs) {
    PartitionKey partition = files.partitionOf(tasks.get(0).file());
    List<DataFile> runs = new ArrayList<>();
    try {
      List<Lane> lanes = IntStream.range(0, Math.min(LANES, tasks.size())).mapToObj(number -> new Lane(partition)).toList();
      IntStream.range(0, lanes.size())
          .parallel()
          .forEach(
              number -> {
                for (int i = number; i < tasks.size(); i += lanes.size()) {
                  lanes.get(number).read(tasks.get(i));
                }
              });
      lanes.forEach(lane -> runs.addAll(lane.runs));
      List<Row> rows = new ArrayList<>();
      lanes.forEach(lane -> rows.addAll(lane.rows));
      rows.sort(order);
      long count = rows.size() + runs.stream().mapToLong(DataFile::recordCount).sum();
      return count == 0 ? Set.of() : new HashSet<>(merge(rows, runs, partition, (count + outputs - 1) / outputs));
    } finally {
      files.discard(runs.stream().map(DataFile::location).toList());
    }
  }

  private List<DataFile> merge(List<Row> rows, List<DataFile> runs, PartitionKey partition, long rowsPerFile) {
    List<RowSource> sources = new ArrayList<>(List.of(RowSource.of(rows)));
    try {
      runs.forEach(run -> sources.add(files.all(run)));
      return merge.write(sources, partition, SORTED, rowsPerFile);
    } finally {
      sources.forEach(RowSource::close);
    }
  }

  /** Reads a share of the files, and writes a sorted run when it holds too many rows. */
  private final class Lane {
    private final PartitionKey partition;
    private final List<DataFile> runs = new ArrayList<>();
    private final ValuePool shared = new ValuePool();
    private List<Row> rows = new ArrayList<>();

    Lane(PartitionKey partition) {
      this.partition = partition;
    }

    void read(FileScanTask task) {
      RowChecksum.Builder sum = new RowChecksum.Builder(schema);
      files.read(
          task,
          (row, position) -> {
            sum.add(row);
            shared.share(row);
            rows.add(row);
            if (rows.size() >= runRows) {
              rows.sort(order);
              runs.addAll(merge.write(List.of(RowSource.of(rows)), partition, SORTED, Long.MAX_VALUE));
              rows = new ArrayList<>();
            }
          });
      if (task.residual().op() == Expression.Operation.TRUE) {
        compared.learn(task, sum.build());
      }
    }
  }
}
