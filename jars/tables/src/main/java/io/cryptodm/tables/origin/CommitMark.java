package io.cryptodm.tables.origin;

import java.util.Map;
import java.util.UUID;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotUpdate;

/** The mark that each commit of the lake's own programs carries in the summary of its snapshot; see {@code docs/contracts.md}. */
public final class CommitMark {
  public static final String NAME = "cryptodm.commit";

  private CommitMark() {}

  /** A new mark, by which its writer recognises the commit. */
  public static String next() {
    return UUID.randomUUID().toString();
  }

  /** Marks a commit that is being drafted. */
  public static void put(SnapshotUpdate<?> update) {
    update.set(NAME, next());
  }

  /** For actions that take the properties of their snapshots. */
  public static Map<String, String> properties() {
    return Map.of(NAME, next());
  }

  /** The mark of a snapshot; null for one of another engine, or of a version before marks. */
  public static String of(Snapshot snapshot) {
    return summary(snapshot).get(NAME);
  }

  static Map<String, String> summary(Snapshot snapshot) {
    return snapshot.summary() == null ? Map.of() : snapshot.summary();
  }
}
