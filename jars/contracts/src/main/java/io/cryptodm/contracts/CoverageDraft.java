package io.cryptodm.contracts;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.stream.Collectors;

/** A {@link Coverage} being read. */
final class CoverageDraft {
  private static final String STATES =
      Arrays.stream(Coverage.State.values()).map(Coverage.State::wire).collect(Collectors.joining(", "));

  private Pair pair;
  private Instant from;
  private Instant to;
  private Coverage.State state;
  private Fault fault;

  /** Reads the object to its closing brace, even when it is invalid. */
  static Coverage read(JsonParser json, Instant recordTime) throws IOException {
    CoverageDraft draft = new CoverageDraft();
    draft.fault = WireJson.readFields(json, field -> draft.take(field, json, recordTime));
    return draft.finish();
  }

  private void take(String field, JsonParser json, Instant recordTime) throws IOException {
    switch (field) {
      case "pair" -> pair = pair(once(field, pair, json));
      case "from" -> from = WireJson.instant(once(field, from, json), "'from'", recordTime);
      case "to" -> to = WireJson.instant(once(field, to, json), "'to'", recordTime);
      case "state" -> state = state(once(field, state, json));
      default -> { }
    }
  }

  private static String once(String field, Object before, JsonParser json) throws IOException {
    if (before != null) {
      throw new Fault("'" + field + "' is given twice");
    }
    return WireJson.text(json, "'" + field + "'");
  }

  private static Pair pair(String text) {
    try {
      return Pair.parse(text);
    } catch (IllegalArgumentException e) {
      throw new Fault(e.getMessage());
    }
  }

  private static Coverage.State state(String text) {
    return Coverage.State.of(text)
        .orElseThrow(() -> new Fault("'state' must be one of " + STATES + " but is '" + Fault.excerpt(text) + "'"));
  }

  private Coverage finish() {
    if (fault != null) {
      throw fault;
    }
    require(pair, "pair");
    require(from, "from");
    require(to, "to");
    require(state, "state");
    try {
      return new Coverage(pair, from, to, state);
    } catch (IllegalArgumentException e) {
      throw new Fault(e.getMessage());
    }
  }

  private static void require(Object value, String field) {
    if (value == null) {
      throw new Fault("'" + field + "' is missing");
    }
  }
}
