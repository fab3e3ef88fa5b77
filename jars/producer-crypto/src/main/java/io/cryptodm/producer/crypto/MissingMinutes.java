package io.cryptodm.producer.crypto;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.cryptodm.contracts.MinuteRanges;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.UsageException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The minutes that a backfill requests, from a file of JSON lines {@code {"pair","from","to"}}: whole minutes, {@code to} exclusive.
 *
 * @param minutes of all pairs together
 */
record MissingMinutes(Map<Pair, List<Gap>> byPair, long minutes) {
  private static final JsonFactory JSON = new JsonFactory();

  /** @throws UsageException naming file, line and reason; also for a pair that is not in {@code pairs} */
  static MissingMinutes read(Path file, Collection<Pair> pairs) {
    Map<Pair, List<Gap>> byPair = new LinkedHashMap<>();
    long minutes = 0;
    int number = 0;
    try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        Map<String, String> fields = fields(line);
        Pair pair = Pair.parse(fields.getOrDefault("pair", ""));
        MinuteRanges range = new MinuteRanges();
        range.add(minute(fields.get("from")), minute(fields.get("to")));
        if (range.isEmpty() || !pairs.contains(pair)) {
          throw new IllegalArgumentException(range.isEmpty() ? "holds no minute" : pair + " is no coin of this run");
        }
        minutes += range.minutes();
        byPair.computeIfAbsent(pair, p -> new ArrayList<>()).addAll(Gap.of(range.list()));
      }
    } catch (IOException | DateTimeException | IllegalArgumentException e) {
      throw new UsageException(file + ", line " + number + ": " + e.getMessage());
    }
    return new MissingMinutes(byPair, minutes);
  }

  private static Map<String, String> fields(String line) throws IOException {
    Map<String, String> fields = new LinkedHashMap<>();
    try (JsonParser json = JSON.createParser(line)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new IllegalArgumentException("is no JSON object");
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        fields.put(json.currentName(), json.nextTextValue());
      }
    }
    return fields;
  }

  private static Instant minute(String text) {
    Instant time = Instant.parse(text == null ? "" : text);
    if (time.getNano() != 0 || time.getEpochSecond() % 60 != 0) {
      throw new IllegalArgumentException(text + " is no whole minute");
    }
    return time;
  }
}
