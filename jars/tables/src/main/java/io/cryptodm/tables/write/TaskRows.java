package io.cryptodm.tables.write;

import io.cryptodm.tables.rows.Digest;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.RowBytes;
import io.cryptodm.tables.rows.RowLayout;
import io.cryptodm.tables.rows.UpsertRule;
import io.cryptodm.tables.storage.TableFiles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.PartitionKey;

/**
 * Collects the rows that one task has parsed for one table, of each key the one that counts, and writes those of large partitions into data files of
 * the table. They are no part of the table before the process that commits has looked up their keys.
 *
 * <p>Rows are kept as bytes and numbers: objects that live through a whole batch would be copied by the garbage collector again and again.
 */
public final class TaskRows {
  /** In the order of the topic: sorting takes a quarter of the time of a catch-up, and the maintenance job sorts anyway. */
  private static final TableFiles.Kind BULK = new TableFiles.Kind(false, false);

  private static final int INITIAL = 1 << 10;

  private final TaskTable table;
  private final RowLayout layout;
  private final TableFiles files;
  private final boolean first;
  private final RowBytes.Writer bytes;
  private final Map<Integer, Long> last = new HashMap<>();
  private final Map<Long, Integer> prefixPlaces = new HashMap<>();
  private final List<Object[]> prefixes = new ArrayList<>();
  private final Map<PartitionKey, Integer> partitionPlaces = new HashMap<>();
  private final List<PartitionKey> partitions = new ArrayList<>();
  private final PartitionKey partition;
  private final List<String> written = new ArrayList<>();

  // Of each key, in the order in which they came.
  private int keys;
  private long[] high = new long[INITIAL];
  private long[] low = new long[INITIAL];
  private long[] ranks = new long[INITIAL];
  private long[] numbers = new long[INITIAL];
  private String[] texts;
  private int[] prefix = new int[INITIAL];
  private int[] part = new int[INITIAL];
  private int[] begins = new int[INITIAL];
  private int[] ends = new int[INITIAL];
  /** Places of the keys by their digests, each plus one; 0 is free. */
  private int[] slots = new int[INITIAL * 2];

  TaskRows(TaskTable table) {
    this.table = table;
    this.layout = new RowLayout(table.table().schema(), table.table().sortOrder(), table.rule());
    this.files = new TableFiles(table.table(), table.table().schema());
    this.first = table.rule().winner() == UpsertRule.Winner.FIRST;
    this.bytes = new RowBytes.Writer(layout.schema().columns().size());
    this.partition = new PartitionKey(table.table().spec(), layout.schema());
    this.texts = layout.isOrderedByNumber() ? null : new String[INITIAL];
  }

  /** Takes a row. */
  public void add(int topicPartition, long offset, Object[] values) {
    if (topicPartition >= 0) {
      if (offset < table.standing().getOrDefault(topicPartition, 0L)) {
        return;
      }
      last.merge(topicPartition, offset, Math::max);
    }
    Row row = new Row(values, topicPartition, offset);
    Digest key = layout.keyOf(row);
    long rank = layout.rankOf(row);
    int slot = slotOf(key);
    int place = slots[slot] - 1;
    if (place < 0) {
      place = add(key, row, slot);
    } else if (first ? rank >= ranks[place] : rank <= ranks[place]) {
      return;
    }
    ranks[place] = rank;
    part[place] = partitionOf(row);
    begins[place] = bytes.write(topicPartition, offset, values);
    ends[place] = bytes.end();
  }

  private int add(Digest key, Row row, int slot) {
    if (keys == high.length) {
      grow();
    }
    int place = keys++;
    high[place] = key.high();
    low[place] = key.low();
    Object order = layout.orderOf(row);
    if (texts == null) {
      numbers[place] = ((Number) order).longValue();
    } else {
      texts[place] = order.toString();
    }
    prefix[place] = prefixPlaces.computeIfAbsent(layout.prefixOf(row), digest -> {
      prefixes.add(Arrays.stream(layout.prefixColumns()).mapToObj(row::value).toArray());
      return prefixes.size() - 1;
    });
    if (keys * 2 > slots.length) {
      slots = new int[slots.length * 2];
      for (int its = 0; its < keys; its++) {
        slots[slotOf(new Digest(high[its], low[its]))] = its + 1;
      }
    } else {
      slots[slot] = keys;
    }
    return place;
  }

  /** The slot of a key, or the free one that it would get. */
  private int slotOf(Digest key) {
    int mask = slots.length - 1;
    int slot = key.hashCode() & mask;
    while (slots[slot] != 0) {
      int place = slots[slot] - 1;
      if (low[place] == key.low() && high[place] == key.high()) {
        return slot;
      }
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private void grow() {
    int length = high.length * 2;
    high = Arrays.copyOf(high, length);
    low = Arrays.copyOf(low, length);
    ranks = Arrays.copyOf(ranks, length);
    prefix = Arrays.copyOf(prefix, length);
    part = Arrays.copyOf(part, length);
    begins = Arrays.copyOf(begins, length);
    ends = Arrays.copyOf(ends, length);
    if (texts == null) {
      numbers = Arrays.copyOf(numbers, length);
    } else {
      texts = Arrays.copyOf(texts, length);
    }
  }

  private int partitionOf(Row row) {
    partition.partition(row);
    Integer known = partitionPlaces.get(partition);
    if (known == null) {
      known = partitions.size();
      partitions.add(partition.copy());
      partitionPlaces.put(partitions.get(known), known);
    }
    return known;
  }

  /**
   * Writes the files.
   *
   * @throws RuntimeException if that fails; no file of this task is left then
   */
  public TaskSlice finish() {
    int[] rows = new int[partitions.size()];
    for (int key = 0; key < keys; key++) {
      rows[part[key]]++;
    }
    List<TaskFile> all = new ArrayList<>();
    try {
      for (int its = 0; its < rows.length; its++) {
        if (rows[its] > table.fileRows()) {
          all.add(write(its, rows[its]));
        }
      }
    } catch (RuntimeException e) {
      discard();
      throw e;
    }
    int[] someBegins = new int[keys];
    int[] someEnds = new int[keys];
    int count = 0;
    for (int key = 0; key < keys; key++) {
      if (rows[part[key]] <= table.fileRows()) {
        someBegins[count] = begins[key];
        someEnds[count++] = ends[key];
      }
    }
    return new TaskSlice(bytes.only(someBegins, someEnds, count), all);
  }

  private TaskFile write(int its, int rows) {
    int[] places = new int[rows];
    int count = 0;
    for (int key = 0; key < keys; key++) {
      if (part[key] == its) {
        places[count++] = key;
      }
    }
    long[] values = first ? null : new long[rows];
    RowBytes.Reader reader = bytes.reader();
    DataFile file =
        files.write(
            rows,
            at -> {
              Row row = reader.at(begins[places[at]]).row();
              if (values != null) {
                values[at] = layout.valuesOf(row);
              }
              return row;
            },
            partitions.get(its),
            BULK);
    written.add(file.location());
    return new TaskFile(
        file,
        Map.copyOf(last),
        picked(high, places),
        picked(low, places),
        picked(ranks, places),
        values,
        texts == null ? picked(numbers, places) : null,
        texts == null ? null : Arrays.stream(places).mapToObj(place -> texts[place]).toArray(String[]::new),
        Arrays.stream(places).map(place -> prefix[place]).toArray(),
        prefixes.toArray(Object[][]::new));
  }

  private static long[] picked(long[] all, int[] places) {
    long[] picked = new long[places.length];
    for (int i = 0; i < places.length; i++) {
      picked[i] = all[places[i]];
    }
    return picked;
  }

  /** Removes the files that were written, after a failure of the task. */
  public void discard() {
    files.discard(written);
    written.clear();
  }
}
