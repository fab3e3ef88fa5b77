package io.cryptodm.layers;

import io.cryptodm.tables.read.TableReader;
import io.cryptodm.tables.rows.RecentRows;
import io.cryptodm.tables.rows.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.iceberg.DataFile;

/**
 * Reads a bronze table incrementally. How far it has read is kept in memory, and from time to time saved as a tag of the table, which also keeps that
 * snapshot from expiring. After a crash a few rows are read again.
 */
final class BronzeReader {
  static final String TAG = "cryptodm-layers";

  private final TableReader table;
  private final Fields fields;
  private final String time;
  private final RecentRows recent;

  private Long readUpTo;
  private TableReader.Increment increment;

  /** Minutes that are processed together; {@code to} is exclusive. */
  record Slice(long from, long to) {
    static final Slice ALL = new Slice(Long.MIN_VALUE, Long.MAX_VALUE);
  }

  /**
   * @param time name of its time column
   * @param identifying columns that identify one revision of a row
   * @param rememberedRows rows kept in memory, so that those of a hot file are not processed again after each commit
   */
  BronzeReader(TableReader table, String time, List<String> identifying, int rememberedRows) {
    this.table = table;
    this.fields = new Fields(table.columns());
    this.time = time;
    this.recent = new RecentRows(table.columns(), identifying, rememberedRows);
    this.readUpTo = table.tagged(TAG).orElse(null);
  }

  Fields fields() {
    return fields;
  }

  /** Looks for new commits. */
  void poll() {
    table.refresh();
    increment = table.since(readUpTo);
  }

  boolean hasNewFiles() {
    return !increment.files().isEmpty();
  }

  /** Number of new commits. */
  long commits() {
    return increment.commits();
  }

  /** Call when the layers hold everything up to the last poll. */
  void advance() {
    readUpTo = increment.snapshot();
  }

  /** Saves the progress as a tag of the table. */
  void saveProgress() {
    if (readUpTo != null) {
      table.tag(TAG, readUpTo);
    }
  }

  /** Call after a failure: rows read in the failed run count as new. */
  void forget() {
    recent.clear();
  }

  /** Adds the numbers of new rows by day. */
  void count(TreeMap<Long, Long> days) {
    for (DataFile file : increment.files()) {
      long[] range = table.range(file, time);
      // A file without bounds may hold rows of any day: it is not counted, and is read with each slice.
      if (range[0] != Long.MIN_VALUE && range[1] != Long.MAX_VALUE) {
        int last = EpochMinutes.toEpochDay(EpochMinutes.ofMicros(range[1]));
        for (long day = EpochMinutes.toEpochDay(EpochMinutes.ofMicros(range[0])); day <= last; day++) {
          days.merge(day, file.recordCount(), Long::sum);
        }
      }
    }
  }

  /** Splits time into slices of about {@code rows} rows. */
  static List<Slice> slices(TreeMap<Long, Long> days, long rows) {
    List<Slice> slices = new ArrayList<>();
    long begin = Long.MIN_VALUE;
    long count = 0;
    for (Map.Entry<Long, Long> day : days.entrySet()) {
      long from = day.getKey() * EpochMinutes.DAY;
      if (count > 0 && count + day.getValue() > rows) {
        slices.add(new Slice(begin, from));
        begin = from;
        count = 0;
      }
      count += day.getValue();
      if (count > rows) {
        long parts = Math.min(EpochMinutes.DAY, (count + rows - 1) / rows);
        for (long part = 1; part <= parts; part++) {
          long to = from + EpochMinutes.DAY * part / parts;
          slices.add(new Slice(begin, to));
          begin = to;
        }
        count = 0;
      }
    }
    slices.add(new Slice(begin, Long.MAX_VALUE));
    return slices;
  }

  /** Reads the rows of a slice that were not read before. */
  void read(Slice slice, Consumer<Row> each) {
    for (DataFile file : increment.files()) {
      long[] range = table.range(file, time);
      if (EpochMinutes.ofMicros(range[1]) >= slice.from() && (slice.to() == Long.MAX_VALUE || EpochMinutes.ofMicros(range[0]) < slice.to())) {
        table.read(
            file,
            Filters.between(time, slice.from(), slice.to()),
            row -> {
              if (recent.isNew(row)) {
                each.accept(row);
              }
            });
      }
    }
  }
}
