package io.cryptodm.tables.catalog;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cryptodm.tables.storage.ForwardedOperations;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.LongSupplier;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.TableOperations;

/**
 * Operations of a table whose history is never ahead of the clock. Commits that were made while the clock was fast would forbid any other one
 * once it is right again, for as long as it was ahead: Iceberg refuses a commit that is more than a minute older than the last. So their times
 * count as the present one, and the next commit writes it down.
 */
final class PastTimes extends ForwardedOperations {
  /** Iceberg allows a minute; clocks of one machine need much less. */
  private static final long TOLERATED_MS = 30_000;

  private static final String AT = "timestamp-ms";
  private static final String UPDATED = "last-updated-ms";
  private static final List<String> DATED = List.of("snapshots", "snapshot-log", "metadata-log");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final LongSupplier clockMs;
  private TableMetadata ahead;
  private TableMetadata corrected;

  /** @param clockMs milliseconds since 1970 */
  PastTimes(TableOperations real, LongSupplier clockMs) {
    super(real);
    this.clockMs = clockMs;
  }

  @Override
  public TableMetadata current() {
    return correct(real.current());
  }

  @Override
  public TableMetadata refresh() {
    return correct(real.refresh());
  }

  @Override
  public synchronized void commit(TableMetadata base, TableMetadata metadata) {
    // The real operations know their own metadata only.
    real.commit(base != null && base == corrected ? ahead : base, metadata);
  }

  /** The same metadata each time, because a commit compares its base by identity. */
  private synchronized TableMetadata correct(TableMetadata metadata) {
    if (metadata == null || metadata == ahead) {
      return metadata == null ? null : corrected;
    }
    long now = clockMs.getAsLong();
    if (metadata.lastUpdatedMillis() <= now + TOLERATED_MS) {
      return metadata;
    }
    corrected = atMost(metadata, now);
    ahead = metadata;
    return corrected;
  }

  private static TableMetadata atMost(TableMetadata metadata, long now) {
    try {
      JsonNode json = JSON.readTree(TableMetadataParser.toJson(metadata));
      limit(json, UPDATED, now);
      DATED.forEach(list -> json.path(list).forEach(entry -> limit(entry, AT, now)));
      return TableMetadataParser.fromJson(metadata.metadataFileLocation(), json.toString());
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException("Cannot correct the times of " + metadata.metadataFileLocation(), e);
    }
  }

  private static void limit(JsonNode object, String field, long most) {
    if (object.path(field).asLong() > most) {
      ((ObjectNode) object).put(field, most);
    }
  }
}
