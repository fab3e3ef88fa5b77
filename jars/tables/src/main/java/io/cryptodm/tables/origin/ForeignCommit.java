package io.cryptodm.tables.origin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.apache.iceberg.Snapshot;

/**
 * A commit of data by another engine, or several in a row.
 *
 * @param first sequence number of the first
 * @param last sequence number of the last
 * @param commits how many they are
 * @param at when the last was made, milliseconds since 1970
 * @param engine who made it, in words
 * @param operation Iceberg's name of what it did, such as {@code append}
 * @param added rows that it wrote
 * @param deleted rows that it removed
 */
public record ForeignCommit(long first, long last, long commits, long at, String engine, String operation, long added, long deleted) {
  private static final String UNNAMED = "an engine that does not name itself";

  static ForeignCommit of(Snapshot snapshot) {
    return of(snapshot.sequenceNumber(), snapshot.timestampMillis(), snapshot.operation(), CommitMark.summary(snapshot));
  }

  static ForeignCommit of(long sequence, long at, String operation, Map<String, String> summary) {
    long deleted = count(summary, "deleted-records") + count(summary, "added-position-deletes") + count(summary, "added-equality-deletes");
    return new ForeignCommit(
        sequence, sequence, 1, at, engine(summary), operation == null ? "unknown" : operation, count(summary, "added-records"), deleted);
  }

  private static long count(Map<String, String> summary, String name) {
    try {
      return Long.parseLong(summary.getOrDefault(name, "0"));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /** Who made a commit; Iceberg's Java library gives its version, other libraries do not. */
  private static String engine(Map<String, String> summary) {
    String name = named(summary);
    if (!name.isEmpty()) {
      return name;
    }
    return summary.containsKey("iceberg-version") ? "a program with Iceberg's Java library" : UNNAMED + ", such as PyIceberg";
  }

  /** The name that an engine gives itself; empty when it gives none. */
  static String named(Map<String, String> summary) {
    if (summary.containsKey("engine-name")) {
      return (summary.get("engine-name") + " " + summary.getOrDefault("engine-version", "")).strip();
    }
    if (summary.containsKey("spark.app.id")) {
      return "spark";
    }
    if (summary.containsKey("flink.job-id")) {
      return "flink";
    }
    return summary.containsKey("trino_query_id") ? "trino" : "";
  }

  /** Both as one: files of the lake's own commits between them count as theirs, too. */
  ForeignCommit with(ForeignCommit later) {
    return new ForeignCommit(
        first, later.last, commits + later.commits, later.at, engine.equals(later.engine) ? engine : "several engines",
        operation.equals(later.operation) ? operation : "several", added + later.added, deleted + later.deleted);
  }

  boolean holds(long sequence) {
    return first <= sequence && sequence <= last;
  }

  static ForeignCommit read(JsonNode node) {
    return new ForeignCommit(
        node.path("first").asLong(), node.path("last").asLong(), node.path("commits").asLong(), node.path("at").asLong(),
        node.path("engine").asText(UNNAMED), node.path("operation").asText("unknown"), node.path("added").asLong(), node.path("deleted").asLong());
  }

  ObjectNode write(ObjectNode node) {
    return node.put("first", first).put("last", last).put("commits", commits).put("at", at).put("engine", engine).put("operation", operation)
        .put("added", added).put("deleted", deleted);
  }
}
