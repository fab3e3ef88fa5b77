package io.cryptodm.layers;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Optional;

/**
 * How far the rows between two snapshots of a bronze table have been taken.
 *
 * @param snapshot the later one
 * @param until rows of earlier minutes have been taken; minutes since 1970
 * @param file files before it, in the order of {@link BronzeReader}, have been taken; null for the first
 * @param rows of the file that have been taken
 */
record TakingPosition(long snapshot, long until, String file, long rows) {
  private static final ObjectMapper JSON = new ObjectMapper();

  static TakingPosition start(long snapshot) {
    return new TakingPosition(snapshot, Long.MIN_VALUE, null, 0);
  }

  TakingPosition at(long minute) {
    return new TakingPosition(snapshot, minute, file, rows);
  }

  TakingPosition at(String itsFile, long itsRows) {
    return new TakingPosition(snapshot, until, itsFile, itsRows);
  }

  String toJson() {
    var json = JSON.createObjectNode().put("snapshot", snapshot);
    if (until != Long.MIN_VALUE) {
      json.put("until", until);
    }
    if (file != null) {
      json.put("file", file).put("rows", rows);
    }
    return json.toString();
  }

  /** Empty for a text that is none: then the rows are taken from the first on, which changes no result. */
  static Optional<TakingPosition> parse(String text) {
    try {
      JsonNode json = JSON.readTree(text);
      if (!json.path("snapshot").isIntegralNumber()) {
        return Optional.empty();
      }
      return Optional.of(
          new TakingPosition(
              json.get("snapshot").longValue(),
              json.path("until").asLong(Long.MIN_VALUE),
              json.path("file").isTextual() ? json.get("file").textValue() : null,
              json.path("rows").asLong(0)));
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }
}
