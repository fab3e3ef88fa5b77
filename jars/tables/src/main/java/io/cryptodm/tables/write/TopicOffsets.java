package io.cryptodm.tables.write;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.TreeMap;

/**
 * The end offsets (exclusive) of one topic that a table holds. They live in a table property, written by the commit that holds the
 * rows, because a property survives the expiry of every snapshot.
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
      throw new IllegalStateException("Unreadable end offsets in a table property: " + json, e);
    }
  }

  /** True when the table has what stands at this offset. A topic made anew starts over; keys and revisions cover what overlaps. */
  boolean holds(long itsGeneration, int partition, long offset) {
    return itsGeneration == generation && offset < offsets.getOrDefault(partition, 0L);
  }

  /** Never moves backwards: neither to an older generation nor to a lower offset. */
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
