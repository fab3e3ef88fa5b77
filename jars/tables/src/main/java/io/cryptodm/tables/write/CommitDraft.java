package io.cryptodm.tables.write;

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

/** What one commit adds and removes, and what is to be remembered once it stands. */
final class CommitDraft {
  /** Summary property of a snapshot that tells whose commit it is. */
  static final String MARK = "cryptodm.commit";

  /** A new file whose rows no later commit replaces as a whole. */
  record Sealed(DataFile file, List<KeyedRow> rows) {}

  /** A new young end of a partition. */
  record Heated(PartitionKey partition, int slot, DataFile file, List<KeyedRow> rows) {}

  final List<Sealed> sealed = new ArrayList<>();
  final List<Heated> heated = new ArrayList<>();
  final Set<PartitionKey> cooled = new LinkedHashSet<>();
  final List<DataFile> removed = new ArrayList<>();
  final List<DeleteFile> deletes = new ArrayList<>();
  final Map<Integer, Integer> takenAway = new HashMap<>();

  List<String> newLocations() {
    List<String> locations = new ArrayList<>();
    sealed.forEach(file -> locations.add(file.file().location()));
    heated.forEach(file -> locations.add(file.file().location()));
    deletes.forEach(file -> locations.add(file.location()));
    return locations;
  }

  /**
   * Commits rows and end offsets together.
   *
   * @param mark by which the snapshot is known again
   * @throws org.apache.iceberg.exceptions.ValidationException if another writer has touched what this relies on
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
    heated.forEach(file -> delta.addRows(file.file()));
    removed.forEach(delta::removeRows);
    deletes.forEach(delta::addDeletes);
    delta.set(MARK, mark);
    if (topic != null) {
      delta.set(TopicOffsets.propertyOf(topic), offsets.toJson());
    }
    delta.commit();
    if (topic != null) {
      transaction.updateProperties().set(TopicOffsets.propertyOf(topic), offsets.toJson()).commit();
    }
    transaction.commitTransaction();
  }
}
