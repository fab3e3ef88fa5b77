package io.cryptodm.tables.write;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.TreeMap;

/**
 * The end offsets (exclusive) of one topic up to which a table holds its rows. They are a table property, written in the same commit as the
 * rows, because a property survives the expiry of snapshots.
 */
record TopicOffsets(long generation, Map<Integer, Long> offsets) {
  private static final ObjectMapper JSON = new ObjectMapper();
  static final TopicOffsets NONE = new TopicOffsets(0, Map.of());

  static String propertyOf(String topic) {
    return "cryptodm.offsets." + topic;
  }

  static TopicOffsets parse(String json) {
    if (json == null) {
      return NONE;
    }
    try {
      JsonNode node = JSON.readTree(json);
      Map<Integer, Long> offsets = new TreeMap<>();
      node.path("offsets").fields().forEachRemaining(field -> offsets.put(Integer.valueOf(field.getKey()), field.getValue().asLong()));
      return new TopicOffsets(node.path("generation").asLong(), offsets);
    } catch (JsonProcessingException | NumberFormatException e) {
      throw new IllegalStateException(
          "The end offsets of a topic in a table property cannot be read: " + json
              + ". Remove the property: the topic is read again, and rows that the table holds are skipped", e);
    }
  }

  /** True if the table already holds the record at this offset. In a recreated topic (a new generation) offsets start again at 0. */
  boolean holds(long itsGeneration, int partition, long offset) {
    return itsGeneration == generation && offset < offsets.getOrDefault(partition, 0L);
  }

  /** The later of both: never an older generation nor a lower offset. */
  TopicOffsets advancedTo(long itsGeneration, Map<Integer, Long> ends) {
    if (itsGeneration < generation) {
      return this;
    }
    Map<Integer, Long> merged = new TreeMap<>(itsGeneration == generation ? offsets : Map.of());
    ends.forEach((partition, end) -> merged.merge(partition, end, Math::max));
    return new TopicOffsets(itsGeneration, merged);
  }

  String toJson() {
    ObjectNode node = JSON.createObjectNode().put("generation", generation);
    ObjectNode ends = node.putObject("offsets");
    new TreeMap<>(offsets).forEach((partition, end) -> ends.put(partition.toString(), end));
    return node.toString();
  }
}
