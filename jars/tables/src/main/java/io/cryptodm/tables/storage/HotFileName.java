package io.cryptodm.tables.storage;

import java.util.UUID;
import org.apache.iceberg.DataFile;

/** Marks a hot file by its name: its writer may replace it with the next commit, so compactions leave it alone. */
public final class HotFileName {
  private static final String PREFIX = "hot-";

  private HotFileName() {}

  /** A new, unused name. */
  static String next() {
    return PREFIX + UUID.randomUUID() + ".parquet";
  }

  public static boolean isOf(DataFile file) {
    String location = file.location();
    return location.startsWith(PREFIX, location.lastIndexOf('/') + 1);
  }
}
