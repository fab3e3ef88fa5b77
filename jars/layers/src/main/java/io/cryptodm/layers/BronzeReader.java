package io.cryptodm.layers;

import io.cryptodm.tables.read.TableReader;
import io.cryptodm.tables.rows.RecentRows;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.storage.CommitRetry;
import io.cryptodm.tables.storage.RowSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Table;

/**
 * Reads a bronze table incrementally: what lies between two snapshots is taken, in pieces if it is much. How far it has come is kept in memory, and
 * from time to time saved in the table, by tags that also keep the two snapshots from expiring. After a crash a few rows are read again.
 */
final class BronzeReader {
  /** Tag of the snapshot up to which everything has been taken. */
  static final String TAG = "cryptodm-layers";

  /** Tag of the snapshot up to which rows are being taken in pieces. */
  static final String NEXT_TAG = "cryptodm-layers-next";

  /** Table property: how far they have been taken. */
  static final String POSITION = "cryptodm.layers.position";

  private final TableReader table;
  private final Fields fields;
  private final String time;
  private final RecentRows recent;

  private Long readUpTo;

  /** What is being taken, its files in order of their times; null if that is nothing. */
  private TableReader.Increment taking;
  private TakingPosition taken;

  /** True if a tag keeps the files that are being taken. */
  private boolean kept;

  // Where the rows are read that were asked for last.
  private TakingPosition reading;
  private RowSource source;

  private long countedDay = Long.MIN_VALUE;
  private long[] countedMinutes;

  /**
   * @param time name of its time column
   * @param identifying columns that identify one revision of a row
   * @param names of the coins that were renamed
   * @param rememberedRows rows kept in memory, so that those of a hot file are not processed again after each commit
   */
  BronzeReader(TableReader table, String time, List<String> identifying, CoinNames names, int rememberedRows) {
    this.table = table;
    this.fields = new Fields(table.columns(), names);
    this.time = time;
    this.recent = new RecentRows(table.columns(), identifying, rememberedRows);
    this.readUpTo = table.tagged(TAG).orElse(null);
    table.tagged(NEXT_TAG).ifPresent(this::resume);
  }

  /** Removes what {@link #save} has saved. */
  static void forgetProgress(Table table) {
    for (String tag : List.of(TAG, NEXT_TAG)) {
      CommitRetry.untilCommitted(
          table,
          () -> {
            table.refresh();
            if (table.refs().containsKey(tag)) {
              table.manageSnapshots().removeTag(tag).commit();
            }
          });
    }
  }

  private void resume(long snapshot) {
    take(table.between(readUpTo, snapshot));
    if (taking != null) {
      table.property(POSITION).flatMap(TakingPosition::parse).filter(its -> its.snapshot() == snapshot).ifPresent(its -> taken = its);
      reading = taken;
      kept = true;
    }
  }

  private void take(TableReader.Increment increment) {
    if (increment.files().isEmpty()) {
      readUpTo = increment.snapshot();
      return;
    }
    taking = increment.ordered(Comparator.<DataFile>comparingLong(file -> table.range(file, time)[0]).thenComparing(DataFile::location));
    taken = TakingPosition.start(increment.snapshot());
    reading = taken;
  }

  Fields fields() {
    return fields;
  }

  /** Looks for new commits, unless some are being taken. */
  void poll() {
    if (taking == null) {
      table.refresh();
      take(table.since(readUpTo));
    }
  }

  /** True if there are rows to be taken. */
  boolean isTaking() {
    return taking != null;
  }

  /** Number of commits that have not been taken. */
  long commits() {
    table.refresh();
    return table.since(readUpTo).commits();
  }

  /** Saves how far this has come. */
  void save() {
    Map<String, Optional<Long>> tags = new LinkedHashMap<>();
    if (readUpTo != null) {
      tags.put(TAG, Optional.of(readUpTo));
    }
    tags.put(NEXT_TAG, taking == null ? Optional.empty() : Optional.of(taking.snapshot()));
    table.mark(tags, Map.of(POSITION, taking == null ? Optional.empty() : Optional.of(taken.toJson())));
    kept = taking != null;
  }

  /** Call after a failure: what was read since the last piece that was taken counts as new. */
  void forget() {
    recent.clear();
    close();
    Long until = taking == null || !kept ? null : taking.snapshot();
    TakingPosition at = taken;
    // Their files may be gone when they are read again: what lies between the two snapshots that are kept is looked up again.
    taking = null;
    kept = false;
    if (until != null) {
      table.refresh();
      take(table.between(readUpTo, until));
      taken = taking == null ? null : at;
      kept = taking != null;
    }
    reading = taken;
  }

  private void close() {
    if (source != null) {
      source.close();
      source = null;
    }
  }

  /** Call when the layers hold everything that is being taken. */
  void finish() {
    if (taking != null) {
      close();
      readUpTo = taking.snapshot();
      taking = null;
      taken = null;
      kept = false;
      countedMinutes = null;
    }
  }

  // ---- By time: for rows that depend on the minutes before them --------------------------------------------------------------------

  /** Adds the numbers of rows to be taken by day. */
  void count(TreeMap<Long, Long> days) {
    if (taking == null) {
      return;
    }
    for (DataFile file : taking.files()) {
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

  /**
   * The next minutes to be taken, with about {@code rows} rows.
   *
   * @param days rows by day
   */
  Slice nextSlice(TreeMap<Long, Long> days, long rows) {
    return Slice.next(taking == null ? Long.MIN_VALUE : taken.until(), days, rows, this::minutesOf);
  }

  /** Numbers of rows to be taken by the minutes of a day. */
  private long[] minutesOf(long day) {
    if (countedMinutes == null || countedDay != day) {
      countedDay = day;
      countedMinutes = new long[(int) EpochMinutes.DAY];
      for (DataFile file : filesOf(new Slice(day * EpochMinutes.DAY, (day + 1) * EpochMinutes.DAY))) {
        table.values(
            file,
            time,
            micros -> {
              long minute = EpochMinutes.ofMicros((Long) micros);
              if (EpochMinutes.toEpochDay(minute) == day) {
                countedMinutes[(int) (minute - day * EpochMinutes.DAY)]++;
              }
            });
      }
    }
    return countedMinutes;
  }

  private List<DataFile> filesOf(Slice slice) {
    if (taking == null) {
      return List.of();
    }
    return taking.files().stream()
        .filter(
            file -> {
              long[] range = table.range(file, time);
              return EpochMinutes.ofMicros(range[1]) >= slice.from() && (slice.isLast() || EpochMinutes.ofMicros(range[0]) < slice.to());
            })
        .toList();
  }

  /** Reads the rows of a slice that were not read before. */
  void read(Slice slice, Consumer<Row> each) {
    for (DataFile file : filesOf(slice)) {
      table.read(
          taking,
          file,
          Filters.between(time, slice.from(), slice.to()),
          row -> {
            if (recent.isNew(row)) {
              each.accept(row);
            }
          });
    }
  }

  /** Call when the layers hold the rows of a slice and of all before it. */
  void advance(Slice slice) {
    if (slice.isLast()) {
      finish();
    } else {
      taken = taken.at(slice.to());
    }
  }

  // ---- By file: for rows that may come in any order, each file is read once ---------------------------------------------------------

  /** Reads the next rows, and passes on those that were not read before. */
  void read(long rows, Consumer<Row> each) {
    for (long count = 0; count < rows && hasNext(); count++) {
      reading = reading.at(reading.file(), source.passed());
      Row row = source.row();
      if (recent.isNew(row)) {
        each.accept(row);
      }
    }
  }

  /** Moves to the next row. @return false after the last one, where {@code reading} has no file left */
  private boolean hasNext() {
    if (source == null && !isAtEnd()) {
      int place = placeOf(reading.file());
      open(Math.max(0, place), place < 0 ? 0 : reading.rows());
    }
    while (source != null && !source.advance()) {
      open(placeOf(reading.file()) + 1, 0);
    }
    return source != null;
  }

  private int placeOf(String location) {
    return taking.files().stream().map(DataFile::location).toList().indexOf(location);
  }

  private void open(int place, long skipped) {
    close();
    if (place == taking.files().size()) {
      reading = reading.at("", 0);
      return;
    }
    DataFile file = taking.files().get(place);
    source = table.rows(taking, file);
    while (source.passed() < skipped && source.advance()) {
      // Rows that the layers hold.
    }
    reading = reading.at(file.location(), source.passed());
  }

  private boolean isAtEnd() {
    return "".equals(reading.file());
  }

  /** Call when the layers hold the rows that were read. */
  void advance() {
    if (isAtEnd()) {
      finish();
    } else {
      taken = reading;
    }
  }
}
