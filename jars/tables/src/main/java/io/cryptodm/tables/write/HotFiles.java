package io.cryptodm.tables.write;

import io.cryptodm.tables.rows.Digest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.PartitionKey;

/** The young ends of some partitions, by partition, those that were used last. */
final class HotFiles {
  private static final int MOST = 4;

  private final Map<PartitionKey, HotFile> files = new LinkedHashMap<>(8, 0.75f, true);

  /** Null where the partition has none. */
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

  /** Takes out those that are more than may stay, the longest unused ones. */
  List<HotFile> removeColdest() {
    List<HotFile> coldest = new ArrayList<>();
    while (files.size() > MOST) {
      coldest.add(files.remove(files.keySet().iterator().next()));
    }
    return coldest;
  }

  /** The file that holds a key; null where none does. */
  HotFile holding(Digest key) {
    for (HotFile file : files.values()) {
      if (file.rows().containsKey(key)) {
        return file;
      }
    }
    return null;
  }

  /** The file at a location of the table; null where none is. */
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
