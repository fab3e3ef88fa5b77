package io.cryptodm.tables.write;

import io.cryptodm.tables.rows.Digest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.PartitionKey;

/** The hot files of the partitions that were written last. */
final class HotFiles {
  private static final int MOST = 4;

  private final Map<PartitionKey, HotFile> files = new LinkedHashMap<>(8, 0.75f, true);

  /** Null if the partition has none. */
  HotFile of(PartitionKey partition) {
    return files.get(partition);
  }

  boolean isFull() {
    return files.size() >= MOST;
  }

  void put(PartitionKey partition, HotFile file) {
    files.put(partition, file);
  }

  void remove(PartitionKey partition) {
    files.remove(partition);
  }

  void remove(HotFile file) {
    files.values().remove(file);
  }

  /** Removes the least recently used ones beyond the limit. */
  List<HotFile> removeColdest() {
    List<HotFile> coldest = new ArrayList<>();
    while (files.size() > MOST) {
      coldest.add(files.remove(files.keySet().iterator().next()));
    }
    return coldest;
  }

  /** The hot file that holds a key, or null. */
  HotFile holding(Digest key) {
    for (HotFile file : files.values()) {
      if (file.rows().containsKey(key)) {
        return file;
      }
    }
    return null;
  }

  /** Takes a row out of its hot file, which is to be replaced in the same commit. @return the partition of the file */
  PartitionKey take(Digest key) {
    for (Map.Entry<PartitionKey, HotFile> entry : files.entrySet()) {
      if (entry.getValue().rows().remove(key) != null) {
        return entry.getKey();
      }
    }
    throw new IllegalStateException("No hot file holds the row that was found in one");
  }

  /** The hot file at a location, or null. */
  HotFile at(String location) {
    for (HotFile file : files.values()) {
      if (file.file().location().equals(location)) {
        return file;
      }
    }
    return null;
  }

  boolean holdsSlot(int slot) {
    for (HotFile file : files.values()) {
      if (file.slot() == slot) {
        return true;
      }
    }
    return false;
  }
}
