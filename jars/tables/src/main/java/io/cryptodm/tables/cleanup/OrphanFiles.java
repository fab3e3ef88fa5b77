package io.cryptodm.tables.cleanup;

import io.cryptodm.tables.storage.CommitRetry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.iceberg.Table;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.SupportsPrefixOperations;

/**
 * Removes what a run of the upkeep noted and no table leads to. A file that no metadata leads to never comes back: its name was made for that run, and
 * commits refer to new files and to those of the snapshot before only.
 *
 * @param files removed
 * @param bytes of these, as far as they were there
 */
public record OrphanFiles(long files, long bytes) {
  public static final OrphanFiles NONE = new OrphanFiles(0, 0);

  /**
   * Clears away what the runs noted whose records stand. The caller makes sure that none of them is still at work.
   *
   * @param tables all of the lake, so that whatever a record names is judged by the table it belongs to
   * @param remove false to count only
   */
  public static OrphanFiles ofRuns(FileIO io, String root, Collection<Table> tables, boolean remove) {
    OrphanFiles all = NONE;
    for (Map.Entry<RunRecord, List<String>> run : RunRecord.all(io, root).entrySet()) {
      for (Table table : tables) {
        all = all.plus(clear(table, its(table, run.getValue()), remove));
      }
      if (remove) {
        run.getKey().drop();
      }
    }
    if (remove) {
      // Whoever comes next to an empty folder finds no folder.
      ((SupportsPrefixOperations) io).deletePrefix(root + "/");
    }
    return all;
  }

  /**
   * Files in the table's folder that it does not lead to. Hidden ones, whose names or folders begin with a dot or an underscore, belong to others.
   *
   * @param before milliseconds since 1970; a writer may be about to commit what is younger
   * @param remove false to count only
   */
  public static OrphanFiles orphans(Table table, long before, boolean remove) {
    String folder = table.location().replaceAll("/+$", "") + "/";
    List<String> old = new ArrayList<>();
    for (FileInfo file : ((SupportsPrefixOperations) table.io()).listPrefix(folder)) {
      if (file.createdAtMillis() < before && !isHidden(file.location().substring(folder.length()))) {
        old.add(file.location());
      }
    }
    return clear(table, old, remove);
  }

  private static boolean isHidden(String path) {
    return Arrays.stream(path.split("/")).anyMatch(name -> name.startsWith(".") || name.startsWith("_"));
  }

  /** Removes those of the files that the table does not lead to. */
  static OrphanFiles clear(Table table, Collection<String> noted, boolean remove) {
    if (noted.isEmpty()) {
      return NONE;
    }
    Map<String, Long> needed = CommitRetry.reading(() -> {
      table.refresh();
      return ReachableFiles.of(table);
    });
    long files = 0;
    long bytes = 0;
    for (String location : noted) {
      if (needed.containsKey(location)) {
        continue;
      }
      long size = sizeOf(table.io(), location);
      if (size >= 0) {
        files++;
        bytes += size;
        if (remove) {
          table.io().deleteFile(location);
        }
      }
    }
    return new OrphanFiles(files, bytes);
  }

  private static List<String> its(Table table, List<String> locations) {
    List<String> its = new ArrayList<>();
    String folder = table.location().replaceAll("/+$", "") + "/";
    locations.stream().filter(location -> location.startsWith(folder)).forEach(its::add);
    return its;
  }

  /** Bytes of a file, -1 when it is not there. */
  public static long sizeOf(FileIO io, String location) {
    try {
      return io.newInputFile(location).getLength();
    } catch (NotFoundException e) {
      return -1;
    }
  }

  public OrphanFiles plus(OrphanFiles other) {
    return new OrphanFiles(files + other.files, bytes + other.bytes);
  }
}
