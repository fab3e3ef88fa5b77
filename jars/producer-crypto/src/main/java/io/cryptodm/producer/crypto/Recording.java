package io.cryptodm.producer.crypto;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.Parsed;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.QuoteParser;
import io.cryptodm.contracts.UsageException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A recording of minute bars: CSV with a header line ({@code open_time,open,high,low,close,volume[,vwap,trade_count]}), or JSON lines, either in
 * Alpaca's wire form or one flat bar a line. A line without a symbol belongs to the pair of the file.
 */
final class Recording {
  private static final JsonFactory JSON = new JsonFactory();
  private static final Pattern FILE_PAIR = Pattern.compile("([a-z0-9]{1,20})-([a-z0-9]{1,20})(?:[-.].*)?");
  private static final Pattern NUMBER = Pattern.compile("-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]{1,9})?");
  private static final List<String> REQUIRED = List.of("open_time", "open", "high", "low", "close", "volume");
  /** Names of flat bars and CSV columns -> names of the wire form. */
  private static final Map<String, String> FIELDS =
      Map.ofEntries(
          Map.entry("open_time", "t"), Map.entry("open", "o"), Map.entry("high", "h"), Map.entry("low", "l"), Map.entry("close", "c"),
          Map.entry("volume", "v"), Map.entry("vwap", "vw"), Map.entry("trade_count", "n"), Map.entry("t", "t"), Map.entry("o", "o"),
          Map.entry("h", "h"), Map.entry("l", "l"), Map.entry("c", "c"), Map.entry("v", "v"), Map.entry("vw", "vw"), Map.entry("n", "n"));

  private final Path file;
  private final Pair pair;
  private final Instant now;

  /**
   * Opens a recording; nothing is read yet.
   *
   * @param pair of lines without a symbol; null to take it from the file's name
   * @param now bars may start at most one day after it
   */
  Recording(Path file, Pair pair, Instant now) {
    this.file = file;
    this.pair = pair == null ? pairOf(file) : pair;
    this.now = now;
  }

  /** The pair that a name such as {@code btc-usd-1m-2023-03-10.csv} begins with, or null. */
  static Pair pairOf(Path file) {
    Matcher name = FILE_PAIR.matcher(file.getFileName().toString().toLowerCase(Locale.ROOT));
    return name.matches() ? new Pair(name.group(1).toUpperCase(Locale.ROOT), name.group(2).toUpperCase(Locale.ROOT)) : null;
  }

  /** Summary of a whole recording. */
  record Summary(long bars, Instant first, Instant last) {}

  /** Reads all of it once, so that an invalid line is reported before anything is sent. @throws UsageException naming file, line and reason */
  Summary check() {
    Summary[] found = {new Summary(0, Instant.MAX, Instant.MIN)};
    forEach(bar -> {
      Summary so = found[0];
      found[0] =
          new Summary(
              so.bars() + 1,
              bar.start().isBefore(so.first()) ? bar.start() : so.first(),
              bar.start().isAfter(so.last()) ? bar.start() : so.last());
      return true;
    });
    if (found[0].bars() == 0) {
      throw new UsageException(file + ": it holds no bar");
    }
    return found[0];
  }

  /** Passes on each bar in the order of the file, as long as {@code taker} returns true. @throws UsageException as {@link #check} */
  void forEach(Predicate<QuoteBar> taker) {
    int number = 0;
    try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      Map<String, Integer> columns = null;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        String text = number == 1 && line.startsWith("\uFEFF") ? line.substring(1) : line;
        if (text.isBlank()) {
          continue;
        }
        if (columns == null && !text.stripLeading().startsWith("{")) {
          columns = head(text, number);
          continue;
        }
        for (QuoteBar bar : columns == null ? jsonLine(text, number) : csvLine(text, columns, number)) {
          if (!taker.test(bar)) {
            return;
          }
        }
      }
    } catch (NoSuchFileException e) {
      throw new UsageException(file + ": there is no such file");
    } catch (MalformedInputException e) {
      throw new UsageException(file + ", after line " + number + ": not UTF-8");
    } catch (IOException e) {
      throw new UsageException(file + ": cannot be read: " + e.getMessage());
    }
  }

  private Map<String, Integer> head(String line, int number) {
    Map<String, Integer> columns = new HashMap<>();
    String[] names = line.split(",", -1);
    for (int i = 0; i < names.length; i++) {
      columns.put(unquoted(names[i]).toLowerCase(Locale.ROOT), i);
    }
    for (String name : REQUIRED) {
      if (!columns.containsKey(name)) {
        throw wrong(number, "column '" + name + "' is missing; a CSV begins with " + String.join(",", REQUIRED) + "[,vwap,trade_count]");
      }
    }
    return columns;
  }

  private List<QuoteBar> csvLine(String line, Map<String, Integer> columns, int number) {
    String[] cells = line.split(",", -1);
    if (cells.length != columns.size()) {
      throw wrong(number, "has " + cells.length + " cells, but the header has " + columns.size());
    }
    Map<String, String> bar = new HashMap<>();
    columns.forEach((name, place) -> {
      String field = FIELDS.get(name);
      if (field != null) {
        put(bar, field, unquoted(cells[place]));
      }
    });
    return parsed(wire(filePair(number).toString(), bar), number);
  }

  private List<QuoteBar> jsonLine(String line, int number) {
    Map<String, String> bar = new HashMap<>();
    String symbol = null;
    try (JsonParser json = JSON.createParser(line)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw wrong(number, "is no JSON object");
      }
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String name = json.currentName();
        JsonToken value = json.nextToken();
        if (name.equals("bars")) {
          return parsed(line, number);
        }
        if (value.isStructStart()) {
          json.skipChildren();
        } else if (List.of("pair", "symbol", "S").contains(name)) {
          symbol = json.getText();
        } else if (FIELDS.containsKey(name) && value != JsonToken.VALUE_NULL) {
          put(bar, FIELDS.get(name), json.getText());
        }
      }
    } catch (IOException e) {
      throw wrong(number, "is no JSON: " + e.getMessage().lines().findFirst().orElse(""));
    }
    return parsed(wire(symbol == null ? filePair(number).toString() : symbol, bar), number);
  }

  private static void put(Map<String, String> bar, String field, String text) {
    boolean mayBeAbsent = field.equals("vw") || field.equals("n");
    if (mayBeAbsent && text.isEmpty()) {
      return;
    }
    // 2023-03-10 00:00:00+00:00 is ISO except for the space.
    bar.put(field, field.equals("t") && text.length() > 10 && text.charAt(10) == ' ' ? text.substring(0, 10) + "T" + text.substring(11) : text);
  }

  /** The texts of a bar in the wire form, so that one parser checks all recordings; anything but a number becomes a string, which that parser refuses. */
  private static String wire(String symbol, Map<String, String> bar) {
    StringBuilder out = new StringBuilder("{\"bars\":{");
    quote(out, symbol).append(":{");
    String comma = "";
    for (Map.Entry<String, String> field : bar.entrySet()) {
      out.append(comma).append('"').append(field.getKey()).append("\":");
      if (!field.getKey().equals("t") && NUMBER.matcher(field.getValue()).matches()) {
        out.append(field.getValue());
      } else {
        quote(out, field.getValue());
      }
      comma = ",";
    }
    return out.append("}}}").toString();
  }

  private static StringBuilder quote(StringBuilder out, String text) {
    out.append('"');
    com.fasterxml.jackson.core.io.JsonStringEncoder.getInstance().quoteAsString(text, out);
    return out.append('"');
  }

  private List<QuoteBar> parsed(String wire, int number) {
    Parsed<QuoteBar> parsed = QuoteParser.parse(wire.getBytes(StandardCharsets.UTF_8), now);
    if (!parsed.faults().isEmpty()) {
      throw wrong(number, parsed.faults().get(0));
    }
    return parsed.events();
  }

  private Pair filePair(int number) {
    if (pair == null) {
      throw wrong(number, "has no symbol; name the file like btc-usd-1m.csv, or give one pair by --coins");
    }
    return pair;
  }

  private static String unquoted(String cell) {
    String text = cell.strip();
    return text.length() > 1 && text.startsWith("\"") && text.endsWith("\"") ? text.substring(1, text.length() - 1) : text;
  }

  private UsageException wrong(int line, String reason) {
    return new UsageException(file + ", line " + line + ": " + reason);
  }
}
