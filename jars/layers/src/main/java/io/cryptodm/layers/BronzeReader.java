package io.cryptodm.layers;

import io.cryptodm.tables.read.TableReader;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.RecentRows;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.iceberg.DataFile;

/**
 * A table of bronze, of which only what has come is read. How far it was taken stands in memory, and from time to time in a tag of the table
 * itself, which keeps that snapshot readable: after a crash a little is taken again.
 */
final class BronzeReader {
  static final String TAG = "cryptodm-layers";

  private final TableReader table;
  private final Fields fields;
  private final String time;
  private final RecentRows seen;

  private Long taken;
  private TableReader.Arrivals arrivals;

  /** Minutes that are worked on at once, {@code to} exclusive. */
  record Slice(long from, long to) {
    static final Slice ALL = new Slice(Long.MIN_VALUE, Long.MAX_VALUE);
  }

  /**
   * @param time its column of time
   * @param told columns that tell one revision of a row from another
   * @param seenRows rows remembered, so that those of a hot file are not taken again and again
   */
  BronzeReader(TableReader table, String time, List<String> told, int seenRows) {
    this.table = table;
    this.fields = new Fields(table.columns());
    this.time = time;
    this.seen = new RecentRows(table.columns(), told, seenRows);
    this.taken = table.tagged(TAG).orElse(null);
  }

  Fields fields() {
    return fields;
  }

  /** Looks what has come. */
  void look() {
    table.refresh();
    arrivals = table.arrivals(taken);
  }

  boolean hasArrivals() {
    return !arrivals.files().isEmpty();
  }

  /** Commits that have come. */
  long commits() {
    return arrivals.commits();
  }

  /** The layers hold what was looked at. */
  void take() {
    taken = arrivals.snapshot();
  }

  /** Lets the table itself remember how far it was taken. */
  void settle() {
    if (taken != null) {
      table.tag(TAG, taken);
    }
  }

  /** After a failure what was met in it counts as new. */
  void forget() {
    seen.clear();
  }

  /** Adds how many rows have come, by the days of their time. */
  void count(TreeMap<Long, Long> days) {
    for (DataFile file : arrivals.files()) {
      long[] range = table.range(file, time);
      // A file without bounds may hold anything: it counts nowhere, and is read with each slice.
      if (range[0] != Long.MIN_VALUE && range[1] != Long.MAX_VALUE) {
        for (long day = EpochMinutes.date(EpochMinutes.minute(range[0])); day <= EpochMinutes.date(EpochMinutes.minute(range[1])); day++) {
          days.merge(day, file.recordCount(), Long::sum);
        }
      }
    }
  }

  /** Cuts time into slices of about so many rows. */
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

  /** Rows of a slice that were not met before. */
  void read(Slice slice, Consumer<Row> each) {
    for (DataFile file : arrivals.files()) {
      long[] range = table.range(file, time);
      if (EpochMinutes.minute(range[1]) >= slice.from() && (slice.to() == Long.MAX_VALUE || EpochMinutes.minute(range[0]) < slice.to())) {
        table.read(
            file,
            Filters.between(time, slice.from(), slice.to()),
            row -> {
              if (seen.isNew(row)) {
                each.accept(row);
              }
            });
      }
    }
  }
}
