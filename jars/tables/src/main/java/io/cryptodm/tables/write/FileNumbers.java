package io.cryptodm.tables.write;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DataFile;

/** Numbers for data files, so that a cached row needs four bytes for its file. */
final class FileNumbers {
  /** Data files by number; null if a compaction has replaced the file, so that its rows are elsewhere. */
  private final List<DataFile> files = new ArrayList<>();
  private final List<Long> live = new ArrayList<>();
  private final Map<String, Integer> numbers = new HashMap<>();

  /** @param liveRows rows of the file that are not deleted */
  int number(DataFile file, long liveRows) {
    Integer known = numbers.get(file.location());
    if (known != null) {
      live.set(known, liveRows);
      return known;
    }
    int number = files.size();
    files.add(file);
    live.add(liveRows);
    numbers.put(file.location(), number);
    return number;
  }

  /** A number for a hot file, which is replaced with each commit. */
  int reserve() {
    files.add(null);
    live.add(0L);
    return files.size() - 1;
  }

  /** The file, or null if it is no longer part of the table. */
  DataFile file(int number) {
    return files.get(number);
  }

  long live(int number) {
    return live.get(number);
  }

  void deleteRows(int number, int rows) {
    live.set(number, live.get(number) - rows);
  }

  void forget(String location) {
    Integer number = numbers.remove(location);
    if (number != null) {
      files.set(number, null);
    }
  }

  int size() {
    return files.size();
  }
}
