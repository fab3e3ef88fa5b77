package io.cryptodm.tables.cleanup;

import static io.cryptodm.tables.storage.LocalFileIO.plain;

import io.cryptodm.tables.storage.CommitRetry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.Table;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.SupportsPrefixOperations;

/**
 * Files that no metadata of a table refers to, and their removal. Such a file never comes back into use: file names are unique, and a commit
 * refers only to new files and to files of the snapshot before it.
 *
 * @param files removed
 * @param bytes of the removed files
 */
public record OrphanFiles(long files, long bytes) {
  public static final OrphanFiles NONE = new OrphanFiles(0, 0);

  /**
   * Removes the orphan files of maintenance runs that did not finish. The caller makes sure that no run is active.
   *
   * @param tables all of the lake, so that each noted file is checked against the table it belongs to
   * @param remove false to count only
   */
  public static OrphanFiles ofUnfinishedRuns(FileIO io, String root, Collection<Table> tables, boolean remove) {
    OrphanFiles all = NONE;
    for (Map.Entry<RunRecord, List<String>> run : RunRecord.all(io, root).entrySet()) {
      for (Table table : tables) {
        all = all.plus(remove(table, noted(table, run.getValue()), remove));
      }
      if (remove) {
        run.getKey().drop();
      }
    }
    if (remove) {
      // Removes the empty folder too.
      ((SupportsPrefixOperations) io).deletePrefix(root + "/");
    }
    return all;
  }

  /**
   * Removes the orphan files in a table's folder. Hidden files, whose name or folder begins with a dot or an underscore, stay.
   *
   * @param before milliseconds since 1970; younger files stay, because a writer may be about to commit them
   * @param remove false to count only
   */
  public static OrphanFiles inFolderOf(Table table, long before, boolean remove) {
    String folder = table.location().replaceAll("/+$", "") + "/";
    List<String> old = new ArrayList<>();
    for (FileInfo file : ((SupportsPrefixOperations) table.io()).listPrefix(folder)) {
      if (file.createdAtMillis() < before && !isHidden(file.location().substring(folder.length()))) {
        old.add(file.location());
      }
    }
    return remove(table, old, remove);
  }

  private static boolean isHidden(String path) {
    return Arrays.stream(path.split("/")).anyMatch(name -> name.startsWith(".") || name.startsWith("_"));
  }

  /** Removes those of the noted files that the table does not refer to. */
  static OrphanFiles remove(Table table, Collection<String> noted, boolean remove) {
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
      if (needed.containsKey(plain(location))) {
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

  private static List<String> noted(Table table, List<String> locations) {
    List<String> found = new ArrayList<>();
    String folder = plain(table.location()).replaceAll("/+$", "") + "/";
    locations.stream().filter(location -> plain(location).startsWith(folder)).forEach(found::add);
    return found;
  }

  /** Size of a file in bytes; -1 if it does not exist. */
  private static long sizeOf(FileIO io, String location) {
    try {
      InputFile file = io.newInputFile(location);
      // S3's file answers the question for the length of one that is not there with an error of its SDK.
      return file.exists() ? file.getLength() : -1;
    } catch (NotFoundException e) {
      return -1;
    }
  }

  public OrphanFiles plus(OrphanFiles other) {
    return new OrphanFiles(files + other.files, bytes + other.bytes);
  }
}
