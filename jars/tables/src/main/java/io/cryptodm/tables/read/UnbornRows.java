package io.cryptodm.tables.read;

import java.util.List;
import java.util.stream.StreamSupport;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotParser;
import org.apache.iceberg.io.FileIO;

/**
 * Rows of a new file that the commit which adds the file deletes: a task has written them before anybody knew that the table holds their keys. They were
 * never part of the table, so a reader of what a commit has added must not see them.
 */
public final class UnbornRows {
  /** Their number, in the summary of a snapshot; see {@code docs/contracts.md}. */
  public static final String NAME = "cryptodm.unborn-rows";

  private UnbornRows() {}

  /** The files of deletes that name those of a commit. */
  // Newer versions of Iceberg have SnapshotChanges for this, EMR 7.12 (Iceberg 1.10) does not.
  @SuppressWarnings("deprecation")
  static List<DeleteFile> deletesOf(Snapshot snapshot, FileIO io) {
    if (!snapshot.summary().containsKey(NAME)) {
      return List.of();
    }
    Snapshot own = SnapshotParser.fromJson(SnapshotParser.toJson(snapshot));
    return StreamSupport.stream(own.addedDeleteFiles(io).spliterator(), false).toList();
  }
}
