package io.cryptodm.tables.read;

import java.util.List;
import java.util.stream.StreamSupport;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotParser;
import org.apache.iceberg.io.FileIO;

/**
 * The data files that a commit has added to a table and removed from it.
 *
 * @param added with the statistics of their columns
 */
public record CommitFiles(List<DataFile> added, List<DataFile> removed) {

  /**
   * Reads them from the manifests that the commit has written.
   *
   * @param io of the snapshot's table
   */
  // Newer versions of Iceberg have SnapshotChanges for this, EMR 7.12 (Iceberg 1.10) does not.
  @SuppressWarnings("deprecation")
  public static CommitFiles of(Snapshot snapshot, FileIO io) {
    // A copy: all users of a catalog share the snapshot, and it would keep what it has read.
    Snapshot own = SnapshotParser.fromJson(SnapshotParser.toJson(snapshot));
    return new CommitFiles(list(own.addedDataFiles(io)), list(own.removedDataFiles(io)));
  }

  private static List<DataFile> list(Iterable<DataFile> files) {
    return StreamSupport.stream(files.spliterator(), false).toList();
  }
}
