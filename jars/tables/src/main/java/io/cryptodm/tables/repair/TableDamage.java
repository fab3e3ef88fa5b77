package io.cryptodm.tables.repair;

import io.cryptodm.tables.origin.ForeignCommit;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Snapshot;

/** What is wrong with the present snapshot of a table. Only {@link Kind#DANGLING_DELETE dangling deletes} are harmless. */
public final class TableDamage {
  /** Ways in which a table can be damaged. */
  public enum Kind {
    /** The metadata file, manifest list or a manifest of the table's state is missing, empty or cut: nothing of it can be read. */
    MISSING_METADATA,
    /** The manifest list of an earlier state is missing or empty: queries "as of" its time fail, and so does its expiry. */
    LOST_SNAPSHOT,
    /** A data or delete file is missing, empty or cut. */
    MISSING_FILE,
    /** The snapshot lists one data file twice, and so all of its rows. */
    FILE_TWICE,
    /** Two rows have the same key. */
    ROW_TWICE,
    /** A position delete file no longer deletes anything. */
    DANGLING_DELETE
  }

  /** @param example the first file or key of the kind */
  public record Finding(Kind kind, long count, String example) {}

  final List<String> missingMetadata = new ArrayList<>();
  /** Manifest lists of the earlier states that cannot be read, by snapshot. */
  final Map<Long, String> lostSnapshots = new java.util.LinkedHashMap<>();

  final List<FileScanTask> missingData = new ArrayList<>();
  final List<DeleteFile> missingDeletes = new ArrayList<>();
  final List<FileScanTask> filesTwice = new ArrayList<>();
  final List<DeleteFile> dangling = new ArrayList<>();

  /** Positions, by file, of the rows that another row of the same key supersedes. */
  final Map<FileScanTask, BitSet> superseded = new java.util.LinkedHashMap<>();

  /** The damage of a table of which nothing can be read. @param file the first one that is broken */
  public static TableDamage ofMetadata(String file) {
    TableDamage damage = new TableDamage();
    damage.missingMetadata.add(file);
    return damage;
  }

  /** The state that was read; null of an empty table. */
  Snapshot state;

  /** Commits of other engines that nobody has dealt with. */
  final List<ForeignCommit> foreign = new ArrayList<>();

  String exampleKey = "";
  long rows;
  long foreignRows;
  long foreignTwice;

  /** Number of rows that were read. */
  public long rows() {
    return rows;
  }

  /** Commits of other engines that nobody has dealt with, in the order in which they were made. */
  public List<ForeignCommit> foreign() {
    return List.copyOf(foreign);
  }

  /** Number of their rows that stay: no row of the lake's own has their key. */
  public long foreignRows() {
    return foreignRows;
  }

  /** Number of their rows whose key a row of the lake's own has. */
  public long foreignTwice() {
    return foreignTwice;
  }

  public List<Finding> findings() {
    List<Finding> findings = new ArrayList<>();
    add(findings, Kind.MISSING_METADATA, missingMetadata.size(), missingMetadata.isEmpty() ? "" : missingMetadata.get(0));
    add(findings, Kind.LOST_SNAPSHOT, lostSnapshots.size(), lostSnapshots.values().stream().findFirst().orElse(""));
    List<String> missing = new ArrayList<>(missingData.stream().map(task -> task.file().location()).toList());
    missingDeletes.forEach(file -> missing.add(file.location()));
    add(findings, Kind.MISSING_FILE, missing.size(), missing.isEmpty() ? "" : missing.get(0));
    add(findings, Kind.FILE_TWICE, filesTwice.size(), filesTwice.isEmpty() ? "" : filesTwice.get(0).file().location());
    add(findings, Kind.ROW_TWICE, superseded.values().stream().mapToLong(BitSet::cardinality).sum(), exampleKey);
    add(findings, Kind.DANGLING_DELETE, dangling.size(), dangling.isEmpty() ? "" : dangling.get(0).location());
    return findings;
  }

  private static void add(List<Finding> findings, Kind kind, long count, String example) {
    if (count > 0) {
      findings.add(new Finding(kind, count, example));
    }
  }
}
