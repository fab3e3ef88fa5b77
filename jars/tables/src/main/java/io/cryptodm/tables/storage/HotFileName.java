package io.cryptodm.tables.storage;

import java.util.UUID;
import org.apache.iceberg.DataFile;

/** By its name alone a file is known that its writer may replace with the next commit; whoever compacts a table leaves it alone. */
public final class HotFileName {
  private static final String PREFIX = "hot-";

  private HotFileName() {}

  /** A name that no file has yet. */
  static String next() {
    return PREFIX + UUID.randomUUID() + ".parquet";
  }

  public static boolean isOf(DataFile file) {
    String location = file.location();
    return location.startsWith(PREFIX, location.lastIndexOf('/') + 1);
  }
}
