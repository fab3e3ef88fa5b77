package io.cryptodm.tables.repair;

import io.cryptodm.tables.origin.ForeignCommits;
import io.cryptodm.tables.rows.Digest;
import io.cryptodm.tables.rows.KeyIndex;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.RowLayout;
import io.cryptodm.tables.rows.UpsertRule;
import io.cryptodm.tables.storage.TableFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileContent;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.PartitionField;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.parquet.InternalReader;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.DeleteSchemaUtil;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.types.Types;

/**
 * Reads a whole table and looks for damage; changes nothing. Of the rows of a partition, or of all where the key does not name the partition, it
 * first collects a number made of each key: only keys whose number is there twice are looked at as a whole. Where there are more rows than fit,
 * it reads them several times, some keys at a time.
 */
final class TableInspection {
  /** Keys of one reading: 8 bytes each, and 100 of each one that may be there twice. */
  private static final int MOST_KEYS = 4_000_000;

  private final Table table;
  private final UpsertRule rule;
  private final int mostKeys;
  private final RowLayout layout;
  private final TableFiles files;
  private final ForeignCommits foreign;

  TableInspection(Table table, UpsertRule rule) {
    this(table, rule, MOST_KEYS);
  }

  TableInspection(Table table, UpsertRule rule, int mostKeys) {
    this.table = table;
    this.rule = rule;
    this.mostKeys = mostKeys;
    Set<Integer> key = table.schema().identifierFieldIds();
    List<Types.NestedField> read =
        table.schema().columns().stream().filter(column -> key.contains(column.fieldId()) || column.name().equals(rule.rank())).toList();
    this.layout = new RowLayout(new Schema(read, key), SortOrder.unsorted(), rule);
    this.files = new TableFiles(table, layout.schema());
    this.foreign = ForeignCommits.of(table);
  }

  /** @throws org.apache.iceberg.exceptions.NotFoundException if a writer removes files meanwhile: refresh and try again */
  TableDamage inspect() {
    TableDamage damage = new TableDamage();
    Snapshot current = table.currentSnapshot();
    if (current == null) {
      return damage;
    }
    damage.state = current;
    damage.foreign.addAll(foreign.open());
    lookForMetadata(current, damage);
    if (!damage.missingMetadata.isEmpty()) {
      // Without its metadata nothing of the snapshot can be read.
      return damage;
    }
    Map<String, FileScanTask> data = new LinkedHashMap<>();
    Set<String> twice = new HashSet<>();
    for (FileScanTask task : plan()) {
      String location = task.file().location();
      if (data.putIfAbsent(location, task) != null) {
        if (twice.add(location)) {
          damage.filesTwice.add(data.get(location));
        }
      } else if (!TableStates.isWhole(table.io(), location, task.file().fileSizeInBytes())) {
        damage.missingData.add(task);
      }
    }
    lookForDeletes(current, data.keySet(), damage);
    Set<FileScanTask> unreadable = new HashSet<>(damage.missingData);
    Set<String> gone = new HashSet<>();
    damage.missingDeletes.forEach(file -> gone.add(file.location()));
    data.values().stream().filter(task -> task.deletes().stream().anyMatch(file -> gone.contains(file.location()))).forEach(unreadable::add);
    lookForRows(data.values().stream().filter(task -> !unreadable.contains(task)).toList(), damage);
    return damage;
  }

  private void lookForMetadata(Snapshot current, TableDamage damage) {
    String metadata = ((HasTableOperations) table).operations().current().metadataFileLocation();
    new TableStates(table.io()).unreadable(metadata).ifPresent(damage.missingMetadata::add);
    for (Snapshot earlier : table.snapshots()) {
      String location = earlier.manifestListLocation();
      if (earlier.snapshotId() != current.snapshotId() && location != null && !isThere(location)) {
        damage.lostSnapshots.put(earlier.snapshotId(), location);
      }
    }
  }

  private boolean isThere(String location) {
    InputFile file = table.io().newInputFile(location);
    return file.exists() && file.getLength() > 0;
  }

  private List<FileScanTask> plan() {
    List<FileScanTask> tasks = new ArrayList<>();
    try (CloseableIterable<FileScanTask> planned = table.newScan().planFiles()) {
      planned.forEach(tasks::add);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read a metadata or delete file of " + table.name(), e);
    }
    return tasks;
  }

  private void lookForDeletes(Snapshot current, Set<String> data, TableDamage damage) {
    for (ManifestFile manifest : current.deleteManifests(table.io())) {
      try (var reader = ManifestFiles.readDeleteManifest(manifest, table.io(), table.specs())) {
        for (DeleteFile file : reader) {
          if (!TableStates.isWhole(table.io(), file.location(), file.fileSizeInBytes())) {
            damage.missingDeletes.add(file.copy());
          } else if (file.content() == FileContent.POSITION_DELETES && !touchesAny(file, data)) {
            damage.dangling.add(file.copy());
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot read a metadata or delete file of " + table.name(), e);
      }
    }
  }

  private boolean touchesAny(DeleteFile file, Set<String> data) {
    Schema positions = DeleteSchemaUtil.pathPosSchema();
    try (CloseableIterable<StructLike> rows =
        Parquet.read(table.io().newInputFile(file.location()))
            .project(positions)
            .createReaderFunc(type -> InternalReader.create(positions, type))
            .build()) {
      for (StructLike row : rows) {
        if (data.contains(row.get(0, Object.class).toString())) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read a metadata or delete file of " + table.name(), e);
    }
  }

  private void lookForRows(List<FileScanTask> tasks, TableDamage damage) {
    Map<Object, List<FileScanTask>> apart = new LinkedHashMap<>();
    boolean keyed = keyNamesPartition();
    TableFiles whole = new TableFiles(table, table.schema());
    for (FileScanTask task : tasks) {
      Object partition = keyed ? whole.partitionOf(task.file()) : "";
      apart.computeIfAbsent(partition == null ? "" : partition, its -> new ArrayList<>()).add(task);
    }
    if (apart.containsKey("")) {
      // Files of an older partition spec may hold any key.
      lookForSameKeys(tasks, damage);
    } else {
      apart.values().forEach(its -> lookForSameKeys(its, damage));
    }
  }

  private boolean keyNamesPartition() {
    Set<Integer> key = table.schema().identifierFieldIds();
    return table.spec().isPartitioned() && table.spec().fields().stream().map(PartitionField::sourceId).allMatch(key::contains);
  }

  private void lookForSameKeys(List<FileScanTask> tasks, TableDamage damage) {
    long rows = tasks.stream().mapToLong(task -> task.file().recordCount()).sum();
    long parts = Math.max(1, (rows + mostKeys - 1) / mostKeys);
    for (long part = 0; part < parts; part++) {
      long its = part;
      Predicate<Digest> wanted = key -> Long.remainderUnsigned(key.high(), parts) == its;
      LongList numbers = new LongList();
      for (FileScanTask task : tasks) {
        long live = files.read(task, (row, position) -> {
          Digest key = layout.keyOf(row);
          if (wanted.test(key)) {
            numbers.add(key.low());
          }
        });
        if (part == 0) {
          damage.rows += live;
          damage.foreignRows += foreign.wrote(task.file()) ? live : 0;
        }
      }
      long[] twice = numbers.sortedTwice();
      if (twice.length > 0) {
        lookAt(tasks, key -> wanted.test(key) && Arrays.binarySearch(twice, key.low()) >= 0, damage);
      }
    }
  }

  private void lookAt(List<FileScanTask> tasks, Predicate<Digest> wanted, TableDamage damage) {
    KeyIndex known = new KeyIndex();
    for (int number = 0; number < tasks.size(); number++) {
      int file = number;
      files.read(tasks.get(number), (row, position) -> {
        Digest key = layout.keyOf(row);
        if (wanted.test(key)) {
          judge(tasks, known, file, key, row, (int) position, damage);
        }
      });
    }
  }

  private void judge(List<FileScanTask> tasks, KeyIndex known, int file, Digest key, Row row, int position, TableDamage damage) {
    long rank = rankOf(row, tasks.get(file));
    int slot = known.find(key);
    if (slot < 0) {
      known.put(key, rank, 0, file, position);
      return;
    }
    if (damage.exampleKey.isEmpty()) {
      damage.exampleKey = describe(row);
    }
    boolean itsForeign = foreign.wrote(tasks.get(file).file());
    boolean othersForeign = foreign.wrote(tasks.get(known.file(slot)).file());
    damage.foreignRows -= itsForeign || othersForeign ? 1 : 0;
    damage.foreignTwice += itsForeign != othersForeign ? 1 : 0;
    // A row of the lake's own stays, whatever revision the other one claims.
    if (itsForeign == othersForeign ? rank > known.rank(slot) : othersForeign) {
      supersede(tasks.get(known.file(slot)), known.position(slot), damage);
      known.put(key, rank, 0, file, position);
    } else {
      supersede(tasks.get(file), position, damage);
    }
  }

  /** The rank of a row, the highest of which is kept. Rows without a rank column are as old as their file. */
  private long rankOf(Row row, FileScanTask task) {
    long age = layout.schema().findField(rule.rank()) == null ? task.file().dataSequenceNumber() : layout.rankOf(row);
    return rule.winner() == UpsertRule.Winner.FIRST ? -age : age;
  }

  private static void supersede(FileScanTask task, int position, TableDamage damage) {
    damage.superseded.computeIfAbsent(task, its -> new BitSet()).set(position);
  }

  private String describe(Row row) {
    Map<String, Object> key = new HashMap<>();
    for (int id : new TreeSet<>(table.schema().identifierFieldIds())) {
      Types.NestedField field = table.schema().findField(id);
      int column = layout.schema().columns().indexOf(field);
      Object value = row.value(column);
      key.put(field.name(), field.type() instanceof Types.TimestampType ? java.time.Instant.EPOCH.plusNanos((Long) value * 1000) : value);
    }
    return new java.util.TreeMap<>(key).toString();
  }

  /** Numbers in one array, which grows. */
  private static final class LongList {
    private long[] numbers = new long[1024];
    private int size;

    void add(long number) {
      if (size == numbers.length) {
        numbers = Arrays.copyOf(numbers, size + (size >> 1));
      }
      numbers[size++] = number;
    }

    /** Those that are there more than once, each once, in order. */
    long[] sortedTwice() {
      Arrays.sort(numbers, 0, size);
      int kept = 0;
      for (int at = 1; at < size; at++) {
        if (numbers[at] == numbers[at - 1] && (kept == 0 || numbers[kept - 1] != numbers[at])) {
          numbers[kept++] = numbers[at];
        }
      }
      return Arrays.copyOf(numbers, kept);
    }
  }
}
