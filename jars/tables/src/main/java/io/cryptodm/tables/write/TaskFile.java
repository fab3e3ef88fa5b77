package io.cryptodm.tables.write;

import io.cryptodm.tables.rows.Digest;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.RowLayout;
import java.io.Serializable;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DataFile;

/**
 * A data file that a task has written, with what decides on each of its rows: about 45 bytes a row, in arrays. Each key is in it once.
 *
 * @param last highest offset by partition of the topic among the records that the rows were chosen from
 * @param high upper halves of the digests of the keys
 * @param low lower halves of the digests of the keys
 * @param ranks what orders the rows of a key
 * @param values digests of the compared values; null for facts
 * @param numbers values of the order column; null if it holds texts
 * @param texts values of the order column; null if it holds numbers
 * @param prefix place of each row's prefix
 * @param prefixes the other columns of the keys
 */
public record TaskFile(
    DataFile file,
    Map<Integer, Long> last,
    long[] high,
    long[] low,
    long[] ranks,
    long[] values,
    long[] numbers,
    String[] texts,
    int[] prefix,
    Object[][] prefixes)
    implements Serializable {
  public int rows() {
    return high.length;
  }

  Digest key(int row) {
    return new Digest(high[row], low[row]);
  }

  long valuesOf(int row) {
    return values == null ? 0 : values[row];
  }

  Object order(int row) {
    return numbers == null ? texts[row] : (Object) numbers[row];
  }

  /** The columns of a row's key, which is enough to look it up. */
  Row keyRow(int row, RowLayout layout) {
    return layout.keyRow(prefixes[prefix[row]], order(row));
  }

  /** True if the table holds every record that the rows were chosen from. */
  boolean isBelow(Map<Integer, Long> standing) {
    return !last.isEmpty() && last.entrySet().stream().allMatch(end -> end.getValue() < standing.getOrDefault(end.getKey(), 0L));
  }

  /** Of each prefix a row with the highest key; null for a prefix that only other files have. */
  Row[] highest(RowLayout layout) {
    Row[] highest = new Row[prefixes.length];
    int[] at = new int[prefixes.length];
    Arrays.fill(at, -1);
    for (int row = 0; row < high.length; row++) {
      int its = prefix[row];
      if (at[its] < 0 || isAbove(row, at[its])) {
        at[its] = row;
      }
    }
    for (int its = 0; its < at.length; its++) {
      highest[its] = at[its] < 0 ? null : keyRow(at[its], layout);
    }
    return highest;
  }

  private boolean isAbove(int row, int other) {
    return numbers == null ? texts[row].compareTo(texts[other]) > 0 : numbers[row] > numbers[other];
  }

  /** The highest number of each prefix, for a table that keeps them. */
  static Map<List<Object>, Long> highestNumbers(List<TaskFile> files, RowLayout layout) {
    Map<List<Object>, Long> all = new HashMap<>();
    for (TaskFile file : files) {
      for (Row row : file.highest(layout)) {
        if (row != null) {
          all.merge(layout.prefixValuesOf(row), layout.numberOf(row), Math::max);
        }
      }
    }
    return all;
  }
}
