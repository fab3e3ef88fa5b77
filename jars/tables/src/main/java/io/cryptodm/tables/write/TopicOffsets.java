package io.cryptodm.tables.write;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cryptodm.contracts.Generations;
import java.util.Map;
import java.util.TreeMap;

/**
 * Up to where one topic was read. A table keeps it as a property, written in the same commit as the rows, because a property survives the
 * expiry of snapshots.
 *
 * @param generation the present one of the topic when it was read; 0 for nothing
 * @param offsets per partition, exclusive
 * @param epochs per partition the leader epoch of the last record that was read, where the broker told it: by it the broker says
 *     whether its log still holds what was read
 * @param topicId what Kafka calls the topic; null when unknown
 */
public record TopicOffsets(long generation, Map<Integer, Long> offsets, Map<Integer, Integer> epochs, String topicId) {
  private static final ObjectMapper JSON = new ObjectMapper();
  public static final TopicOffsets NONE = new TopicOffsets(0, Map.of());

  public TopicOffsets {
    offsets = Map.copyOf(offsets);
    epochs = Map.copyOf(epochs);
  }

  public TopicOffsets(long generation, Map<Integer, Long> offsets) {
    this(generation, offsets, Map.of(), null);
  }

  static String propertyOf(String topic) {
    return "cryptodm.offsets." + topic;
  }

  /** @throws IllegalStateException for anything but what {@link #toJson} gives; null is {@link #NONE} */
  public static TopicOffsets parse(String json) {
    if (json == null) {
      return NONE;
    }
    try {
      JsonNode node = JSON.readTree(json);
      Map<Integer, Long> offsets = new TreeMap<>();
      node.path("offsets").fields().forEachRemaining(field -> offsets.put(Integer.valueOf(field.getKey()), field.getValue().asLong()));
      Map<Integer, Integer> epochs = new TreeMap<>();
      node.path("epochs").fields().forEachRemaining(field -> epochs.put(Integer.valueOf(field.getKey()), field.getValue().asInt()));
      return new TopicOffsets(node.path("generation").asLong(), offsets, epochs, node.path("topicId").asText(null));
    } catch (JsonProcessingException | NumberFormatException e) {
      throw new IllegalStateException(
          "The end offsets of a topic in a table property cannot be read: " + json
              + ". Remove the property: the topic is read again, and rows that the table holds are skipped", e);
    }
  }

  /** The offsets below which the topic, as it is now, holds what was read; without partitions of which nothing stands. */
  public Map<Integer, Long> standing(Generations now) {
    Map<Integer, Long> standing = new TreeMap<>();
    offsets.forEach((partition, end) -> standing.put(partition, now.standing(generation, partition, end)));
    standing.values().removeIf(end -> end == 0);
    return standing;
  }

  /** The later of both in the topic as it is now: never an older generation nor a lower offset. */
  TopicOffsets advancedTo(Generations now, TopicOffsets ends) {
    if (now.present() < generation) {
      return this;
    }
    Map<Integer, Long> merged = new TreeMap<>(standing(now));
    Map<Integer, Integer> epochsOfMerged = new TreeMap<>(now.reach(generation) ? epochs : Map.of());
    ends.offsets().forEach(
        (partition, end) -> {
          if (end >= merged.getOrDefault(partition, 0L)) {
            merged.put(partition, end);
            epochsOfMerged.remove(partition);
            if (ends.epochs().containsKey(partition)) {
              epochsOfMerged.put(partition, ends.epochs().get(partition));
            }
          }
        });
    String id = ends.topicId() == null && now.reach(generation) ? topicId : ends.topicId();
    return new TopicOffsets(now.present(), merged, epochsOfMerged, id);
  }

  /** {@code {"generation","offsets","epochs","topicId"}}; the last two only where they are known. */
  public String toJson() {
    ObjectNode node = JSON.createObjectNode().put("generation", generation);
    ObjectNode ends = node.putObject("offsets");
    new TreeMap<>(offsets).forEach((partition, end) -> ends.put(partition.toString(), end));
    if (!epochs.isEmpty()) {
      ObjectNode leaders = node.putObject("epochs");
      new TreeMap<>(epochs).forEach((partition, epoch) -> leaders.put(partition.toString(), epoch));
    }
    if (topicId != null) {
      node.put("topicId", topicId);
    }
    return node.toString();
  }
}
