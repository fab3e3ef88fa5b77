package io.cryptodm.tables.verify;

import io.cryptodm.tables.rows.Digest;
import io.cryptodm.tables.rows.Row;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Schema;

/** Number of rows and sum of their digests, so that equal rows in any order give equal checksums. */
public record RowChecksum(long rows, long high, long low) {
  static final RowChecksum NONE = new RowChecksum(0, 0, 0);

  RowChecksum plus(RowChecksum other) {
    return new RowChecksum(rows + other.rows, high + other.high, low + other.low);
  }

  /** What decides the live rows of a file: its location and its deletes. */
  static String keyOf(FileScanTask task) {
    TreeSet<String> deletes = new TreeSet<>();
    task.deletes().forEach(delete -> deletes.add(delete.location()));
    return task.file().location() + deletes;
  }

  /** Adds up rows. */
  public static final class Builder {
    private final int[] columns;
    private long rows;
    private long high;
    private long low;

    /** @param schema of the rows; all of its columns are included */
    public Builder(Schema schema) {
      this.columns = IntStream.range(0, schema.columns().size()).toArray();
    }

    public void add(Row row) {
      Digest digest = Digest.of(row, columns);
      rows++;
      high += digest.high();
      low += digest.low();
    }

    public RowChecksum build() {
      return new RowChecksum(rows, high, low);
    }
  }

  /** Checksums of files that were read as a whole. Files never change, so none has to be read for this again. */
  static final class Cache {
    private final Map<String, RowChecksum> byKey = new ConcurrentHashMap<>();

    void put(FileScanTask task, RowChecksum contents) {
      byKey.put(keyOf(task), contents);
    }

    /** Null if the file was not read. */
    RowChecksum of(FileScanTask task) {
      return byKey.get(keyOf(task));
    }
  }
}
