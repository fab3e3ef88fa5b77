package io.cryptodm.tables.write;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.RowLayout;
import io.cryptodm.tables.rows.RowOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The highest number of each key prefix in a table, such as the highest id among the trades of each pair: ids of one pair say nothing of those of
 * another. It may be too high, never too low. A table keeps it as a property, written in the same commit as the rows; see
 * {@code docs/contracts.md}.
 *
 * @param columns names of the prefix's columns, and last the one of the number
 * @param since sequence number from which on each state of the table, up to the present one, has no higher number
 * @param highest number by values of the prefix, at most {@link #MOST}
 * @param others what no prefix without an entry exceeds; null if the table has no row of such a prefix
 */
record HighestKeys(List<String> columns, long since, Map<List<Object>, Long> highest, Long others) {
  static final String PROPERTY = "cryptodm.highest-keys";

  /** The property is in each metadata file: some 45 bytes a prefix. */
  static final int MOST = 1_000;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Logger LOG = LoggerFactory.getLogger(HighestKeys.class);

  HighestKeys {
    highest = Map.copyOf(highest);
  }

  /** Those of an empty table. */
  static HighestKeys none(RowLayout layout) {
    return new HighestKeys(layout.prefixAndOrder(), 0, Map.of(), null);
  }

  KeyWatermark watermark(RowLayout layout) {
    return row -> KeyWatermark.Limit.of(highest.getOrDefault(layout.prefixValuesOf(row), others));
  }

  /** With the rows that a commit adds. */
  HighestKeys with(Iterable<Row> rows, RowLayout layout) {
    Map<List<Object>, Long> added = new HashMap<>();
    rows.forEach(row -> added.merge(layout.prefixValuesOf(row), layout.numberOf(row), Math::max));
    return with(added);
  }

  /** @param added numbers that the table holds, too, by prefix */
  HighestKeys with(Map<List<Object>, Long> added) {
    Map<List<Object>, Long> merged = new HashMap<>(highest);
    added.forEach(
        (prefix, number) -> {
          if (merged.containsKey(prefix) || others == null || number > others) {
            merged.merge(prefix, number, Math::max);
          }
        });
    if (merged.size() <= MOST) {
      return new HighestKeys(columns, since, merged, others);
    }
    // The lowest lose their entries: pairs with few trades have low ids, so the common limit stays low and costs few look-ups.
    List<Map.Entry<List<Object>, Long>> ordered = new ArrayList<>(merged.entrySet());
    ordered.sort(Map.Entry.<List<Object>, Long>comparingByValue().reversed());
    ordered.subList(MOST, ordered.size()).forEach(entry -> merged.remove(entry.getKey()));
    long limit = ordered.get(MOST).getValue();
    return new HighestKeys(columns, since, merged, others == null ? limit : Math.max(others, limit));
  }

  HighestKeys since(long sequence) {
    return new HighestKeys(columns, sequence, highest, others);
  }

  /** @param snapshot the one that the commit of this property makes */
  String toJson(long snapshot) {
    ObjectNode node = JSON.createObjectNode().put("snapshot", snapshot).put("since", since);
    ArrayNode names = node.putArray("columns");
    columns.forEach(names::add);
    ArrayNode list = node.putArray("highest");
    highest.entrySet().stream()
        .sorted(Map.Entry.comparingByKey(HighestKeys::compare))
        .forEach(
            entry -> {
              ArrayNode its = list.addArray();
              entry.getKey().forEach(value -> add(its, value));
              its.add(entry.getValue());
            });
    if (others != null) {
      node.put("others", others);
    }
    return node.toString();
  }

  private static void add(ArrayNode list, Object value) {
    if (value instanceof Long number) {
      list.add(number);
    } else {
      list.add((String) value);
    }
  }

  private static int compare(List<Object> left, List<Object> right) {
    int order = 0;
    for (int i = 0; i < left.size() && order == 0; i++) {
      order = RowOrder.compare(left.get(i), right.get(i));
    }
    return order;
  }

  /**
   * The property of a table.
   *
   * @param snapshot the one up to which it was written
   */
  record Stated(long snapshot, HighestKeys keys) {}

  /** Empty without the property, and for one that cannot be read or is about other columns: it is made again from the rows. */
  static Optional<Stated> parse(String json, RowLayout layout) {
    if (json == null) {
      return Optional.empty();
    }
    try {
      JsonNode node = JSON.readTree(json);
      List<String> columns = new ArrayList<>();
      node.path("columns").forEach(name -> columns.add(name.asText()));
      if (!columns.equals(layout.prefixAndOrder()) || !node.path("snapshot").isIntegralNumber() || !node.path("since").isIntegralNumber()) {
        return Optional.empty();
      }
      Map<List<Object>, Long> highest = new HashMap<>();
      for (JsonNode its : node.path("highest")) {
        List<Object> prefix = new ArrayList<>();
        for (int i = 0; i < columns.size() - 1; i++) {
          prefix.add(its.path(i).isTextual() ? its.path(i).textValue() : (Object) its.path(i).longValue());
        }
        highest.put(List.copyOf(prefix), its.path(columns.size() - 1).longValue());
      }
      Long others = node.hasNonNull("others") ? node.path("others").longValue() : null;
      return Optional.of(new Stated(node.path("snapshot").longValue(), new HighestKeys(columns, node.path("since").longValue(), highest, others)));
    } catch (JsonProcessingException e) {
      LOG.warn("The table property {} cannot be read and is made again: {}", PROPERTY, e.getOriginalMessage());
      return Optional.empty();
    }
  }
}
