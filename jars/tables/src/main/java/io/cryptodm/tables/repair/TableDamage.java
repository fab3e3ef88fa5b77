package io.cryptodm.tables.repair;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileScanTask;

/** What is wrong with the present snapshot of a table. Harmless are {@link Kind#DANGLING_DELETE dangling deletes} only. */
public final class TableDamage {
  /** Ways in which a table can be damaged. */
  public enum Kind {
    /** A manifest or a list of them is gone. */
    MISSING_METADATA,
    /** A data or delete file is gone. */
    MISSING_FILE,
    /** One data file stands twice in the snapshot, and with it its rows. */
    FILE_TWICE,
    /** Two rows stand under one key. */
    ROW_TWICE,
    /** A file of position deletes takes nothing away any more. */
    DANGLING_DELETE
  }

  /** @param example the first file or key of the kind */
  public record Finding(Kind kind, long count, String example) {}

  final List<String> missingMetadata = new ArrayList<>();
  final List<FileScanTask> missingData = new ArrayList<>();
  final List<DeleteFile> missingDeletes = new ArrayList<>();
  final List<FileScanTask> filesTwice = new ArrayList<>();
  final List<DeleteFile> dangling = new ArrayList<>();

  /** Rows that another one under the same key outranks: positions by task. */
  final Map<FileScanTask, Set<Integer>> losers = new java.util.LinkedHashMap<>();

  String exampleKey = "";
  long rows;

  /** Rows that were read. */
  public long rows() {
    return rows;
  }

  public List<Finding> findings() {
    List<Finding> findings = new ArrayList<>();
    add(findings, Kind.MISSING_METADATA, missingMetadata.size(), missingMetadata.isEmpty() ? "" : missingMetadata.get(0));
    List<String> missing = new ArrayList<>(missingData.stream().map(task -> task.file().location()).toList());
    missingDeletes.forEach(file -> missing.add(file.location()));
    add(findings, Kind.MISSING_FILE, missing.size(), missing.isEmpty() ? "" : missing.get(0));
    add(findings, Kind.FILE_TWICE, filesTwice.size(), filesTwice.isEmpty() ? "" : filesTwice.get(0).file().location());
    add(findings, Kind.ROW_TWICE, losers.values().stream().mapToLong(Set::size).sum(), exampleKey);
    add(findings, Kind.DANGLING_DELETE, dangling.size(), dangling.isEmpty() ? "" : dangling.get(0).location());
    return findings;
  }

  private static void add(List<Finding> findings, Kind kind, long count, String example) {
    if (count > 0) {
      findings.add(new Finding(kind, count, example));
    }
  }
}
