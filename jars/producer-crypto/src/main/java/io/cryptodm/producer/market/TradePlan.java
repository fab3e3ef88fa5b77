package io.cryptodm.producer.market;

import com.fasterxml.jackson.databind.JsonNode;
import io.cryptodm.contracts.MinuteRanges;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.UsageException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What a backfill of trades asks the exchanges for, from a file of JSON lines. Each names its {@code source} and {@code pair}, and is one of four by its
 * {@code kind}: {@code ask}, minutes whose trades are asked for, {@code from} to {@code to}; {@code bars}, minutes that get a bar of them; {@code known}, ids
 * of trades that are there, {@code first} to {@code last}, in ascending order; {@code trade}, one of these with its {@code id} and {@code time}, from which a
 * place in the history is found sooner.
 */
public record TradePlan(List<Part> parts) {

  /**
   * What is asked of a pair at an exchange.
   *
   * @param asked minutes whose trades are asked for
   * @param bars minutes that get a bar
   * @param known ids that are not sent again
   * @param places ids by the times of their trades
   */
  record Part(String source, Pair pair, MinuteRanges asked, MinuteRanges bars, IdRanges known, NavigableMap<Instant, Long> places) {
    Part(String source, Pair pair, MinuteRanges asked, MinuteRanges bars, IdRanges known) {
      this(source, pair, asked, bars, known, new TreeMap<>());
    }

    /** The id of a trade after a time that is known; null without any. */
    Long idAfter(Instant time) {
      Map.Entry<Instant, Long> later = places.higherEntry(time);
      return later == null ? null : later.getValue();
    }
  }

  /** The pairs of which minutes get a bar. */
  public List<Pair> pairsWithBars() {
    return parts.stream().filter(part -> part.bars().minutes() > 0).map(Part::pair).distinct().toList();
  }

  /** The exchanges that are asked. */
  public List<String> sources() {
    return parts.stream().map(Part::source).distinct().toList();
  }

  /** Minutes that are asked for, of all pairs and exchanges together. */
  public long minutes() {
    return parts.stream().mapToLong(part -> part.asked.minutes()).sum();
  }

  /**
   * Reads the file.
   *
   * @throws UsageException naming file, line and reason; also for an exchange that is not in {@code sources}
   */
  public static TradePlan read(Path file, Collection<String> sources) {
    Map<String, Part> parts = new LinkedHashMap<>();
    int number = 0;
    try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        JsonNode json = Messages.parse(line);
        String source = Messages.text(json, "source");
        Pair pair = Messages.pair(Messages.text(json, "pair"), '/');
        if (!sources.contains(source)) {
          throw new MalformedMessage("'source' must be one of " + String.join(", ", sources) + " but is " + source);
        }
        Part part =
            parts.computeIfAbsent(source + " " + pair, key -> new Part(source, pair, new MinuteRanges(), new MinuteRanges(), new IdRanges()));
        take(json, part);
      }
    } catch (IOException | MalformedMessage | IllegalArgumentException e) {
      throw new UsageException(file + ", line " + number + ": " + e.getMessage());
    }
    return new TradePlan(new ArrayList<>(parts.values()));
  }

  private static void take(JsonNode json, Part part) {
    switch (Messages.text(json, "kind")) {
      case "ask" -> part.asked.add(minute(json, "from"), minute(json, "to"));
      case "bars" -> part.bars.add(minute(json, "from"), minute(json, "to"));
      case "known" -> part.known.add(Messages.wholeOf(json, "first"), Messages.wholeOf(json, "last"));
      case "trade" -> part.places.put(Messages.time(json, "time"), Messages.wholeOf(json, "id"));
      default -> throw new MalformedMessage("'kind' must be ask, bars, known or trade but is " + json.path("kind"));
    }
  }

  private static Instant minute(JsonNode json, String field) {
    Instant time = Messages.time(json, field);
    if (!time.equals(MinuteBars.minuteOf(time))) {
      throw new MalformedMessage("'" + field + "' must be a whole minute but is " + time);
    }
    return time;
  }
}
