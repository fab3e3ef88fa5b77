package io.cryptodm.tables.write;

import io.cryptodm.tables.origin.CommitMark;
import io.cryptodm.tables.read.UnbornRows;
import io.cryptodm.tables.rows.KeyedRow;
import io.cryptodm.tables.storage.ManifestExecutor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.RowDelta;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.Transaction;

/** The files that one commit adds and removes, and what to remember after it. */
final class CommitDraft {
  /** A new file that no later commit replaces as a whole. */
  record Sealed(DataFile file, List<KeyedRow> rows) {}

  /** A new hot file of a partition. */
  record Hot(PartitionKey partition, int slot, DataFile file, List<KeyedRow> rows) {}

  final List<Sealed> sealed = new ArrayList<>();
  /** Files of tasks with rows that are accepted. */
  final List<DataFile> ofTasks = new ArrayList<>();
  /** Locations of the files of tasks without such rows. */
  final List<String> unused = new ArrayList<>();
  /** Rows of the files of tasks that are not accepted. */
  long unborn;
  final List<Hot> hot = new ArrayList<>();
  /** Partitions that no longer have a hot file. */
  final Set<PartitionKey> cooled = new LinkedHashSet<>();
  final List<DataFile> removed = new ArrayList<>();
  final List<DeleteFile> deletes = new ArrayList<>();
  /** Number of rows deleted from a file, by the number of the file. */
  final Map<Integer, Integer> deletedRows = new HashMap<>();
  /** Rows of the table after the commit; null if nobody knows. */
  Long rows;
  /** Those of the table after the commit; null if nobody knows, or if the table keeps none. */
  HighestKeys highest;

  /** Locations of the files that were written for this draft; those of tasks are used again by the next attempt. */
  List<String> newLocations() {
    List<String> locations = new ArrayList<>();
    sealed.forEach(file -> locations.add(file.file().location()));
    hot.forEach(file -> locations.add(file.file().location()));
    deletes.forEach(file -> locations.add(file.location()));
    return locations;
  }

  /**
   * Commits rows, end offsets and highest keys together.
   *
   * @param referenced locations of the existing files that the position deletes refer to
   * @param mark value of {@link CommitMark}
   * @throws org.apache.iceberg.exceptions.ValidationException if another commit has changed the files that this one relies on
   */
  void commit(Table table, Snapshot base, Set<String> referenced, String mark, String topic, TopicOffsets offsets) {
    Transaction transaction = table.newTransaction();
    RowDelta delta = transaction.newRowDelta().scanManifestsWith(ManifestExecutor.of(table));
    if (base != null) {
      delta.validateFromSnapshot(base.snapshotId());
    }
    delta.validateDeletedFiles();
    delta.validateDataFilesExist(referenced);
    delta.validateNoConflictingDataFiles();
    delta.validateNoConflictingDeleteFiles();
    sealed.forEach(file -> delta.addRows(file.file()));
    ofTasks.forEach(delta::addRows);
    hot.forEach(file -> delta.addRows(file.file()));
    removed.forEach(delta::removeRows);
    deletes.forEach(delta::addDeletes);
    delta.set(CommitMark.NAME, mark);
    if (unborn > 0) {
      delta.set(UnbornRows.NAME, Long.toString(unborn));
    }
    if (rows != null) {
      delta.set(RowCount.NAME, Long.toString(rows));
    }
    if (topic != null) {
      delta.set(TopicOffsets.propertyOf(topic), offsets.toJson());
    }
    delta.commit();
    if (topic != null) {
      transaction.updateProperties().set(TopicOffsets.propertyOf(topic), offsets.toJson()).commit();
    }
    if (highest != null) {
      long snapshot = transaction.table().currentSnapshot().snapshotId();
      transaction.updateProperties().set(HighestKeys.PROPERTY, highest.toJson(snapshot)).commit();
    }
    transaction.commitTransaction();
  }
}
