package io.cryptodm.producer.crypto;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.cryptodm.contracts.BarReading;
import io.cryptodm.contracts.LatestBars;
import io.cryptodm.contracts.Pair;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/** The lines of a recording one after the other, each with its bars or with what is wrong with it. */
abstract class RecordedLines {
  private static final JsonFactory JSON = new JsonFactory();
  private static final Pattern NUMBER = Pattern.compile("-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]{1,9})?");
  private static final List<String> REQUIRED = List.of("open_time", "open", "high", "low", "close", "volume");

  /** Names of columns and fields with the pair, in lower case. */
  private static final Set<String> SYMBOLS = Set.of("pair", "symbol", "s", "ticker");

  /** What data frames write for no value, in lower case. */
  private static final Set<String> NOTHING = Set.of("", "nan", "none", "null", "na", "<na>");

  /** Names of flat bars and CSV columns -> names of the wire form. */
  private static final Map<String, String> FIELDS =
      Map.ofEntries(
          Map.entry("open_time", "t"), Map.entry("open", "o"), Map.entry("high", "h"), Map.entry("low", "l"), Map.entry("close", "c"),
          Map.entry("volume", "v"), Map.entry("vwap", "vw"), Map.entry("trade_count", "n"), Map.entry("t", "t"), Map.entry("o", "o"),
          Map.entry("h", "h"), Map.entry("l", "l"), Map.entry("c", "c"), Map.entry("v", "v"), Map.entry("vw", "vw"), Map.entry("n", "n"));

  private final Recording.Options options;
  private final Instant now;

  private RecordedLines(Recording.Options options, Instant now) {
    this.options = options;
    this.now = now;
  }

  /** The file is no recording at all. */
  static final class NoRecording extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final long line;

    NoRecording(long line, String reason) {
      super(reason);
      this.line = line;
    }

    long line() {
      return line;
    }
  }

  /** @throws NoRecording if its header lacks a column */
  static RecordedLines of(BufferedReader text, Recording.Options options, Instant now) throws IOException {
    text.mark(1 << 16);
    int first = text.read();
    // A byte order mark.
    boolean isMarked = first == 0xFEFF;
    while (first == 0xFEFF || first >= 0 && Character.isWhitespace(first)) {
      first = text.read();
    }
    text.reset();
    if (isMarked) {
      text.read();
    }
    return first == '{' || first < 0 ? new JsonLines(text, options, now) : new CsvLines(text, options, now);
  }

  /** The next line that is not empty; null after the last. */
  abstract RecordedLine next() throws IOException;

  /** Fields of the wire form, with their texts. */
  private static final class Cells {
    private final Map<String, String> byField = new HashMap<>();
    private String symbol;
  }

  final RecordedLine line(long number, Cells cells, String symbolName) {
    try {
      Pair pair = pair(cells.symbol, symbolName);
      for (Map.Entry<String, String> cell : cells.byField.entrySet()) {
        if (cell.getKey().equals("t")) {
          cell.setValue(options.times().wire(cell.getValue()));
        }
      }
      return parsed(number, wire(pair.toString(), cells.byField));
    } catch (IllegalArgumentException e) {
      return RecordedLine.refused(number, e.getMessage());
    }
  }

  /** A symbol of the line outranks the name of the file. */
  private Pair pair(String symbol, String name) {
    if (symbol == null) {
      if (options.pair() == null) {
        throw new IllegalArgumentException("has no symbol; name the file like btc-usd-1m.csv, or give one pair by --coins");
      }
      return options.pair();
    }
    Pair pair = PairNames.parse(symbol, options.known());
    if (pair == null) {
      throw new IllegalArgumentException("'" + name + "' is '" + symbol + "', which is no pair such as BTC/USD");
    }
    return pair;
  }

  final RecordedLine parsed(long number, String wire) {
    try {
      List<BarReading> readings = LatestBars.parse(wire.getBytes(StandardCharsets.UTF_8), now).bars();
      if (readings.isEmpty()) {
        return RecordedLine.refused(number, "holds no bar");
      }
      List<BarReading> taken = readings.stream().filter(reading -> !reading.isRefused()).toList();
      String fault = readings.stream().filter(reading -> reading.fault() != null).findFirst().map(BarReading::reason).orElse(null);
      return new RecordedLine(number, taken, fault, taken.size() < readings.size());
    } catch (IllegalArgumentException e) {
      return RecordedLine.refused(number, e.getMessage());
    }
  }

  static void put(Cells cells, String field, String text) {
    boolean mayBeAbsent = field.equals("vw") || field.equals("n");
    if (!mayBeAbsent || !NOTHING.contains(text.toLowerCase(Locale.ROOT))) {
      cells.byField.put(field, text);
    }
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
    JsonStringEncoder.getInstance().quoteAsString(text, out);
    return out.append('"');
  }

  private static final class CsvLines extends RecordedLines {
    private static final CSVFormat FORMAT = CSVFormat.RFC4180.builder().setIgnoreEmptyLines(true).setIgnoreSurroundingSpaces(true).build();

    private final CSVParser parser;
    private final Iterator<CSVRecord> records;
    private final Map<String, Integer> columns = new HashMap<>();
    private final int width;
    private String symbolName;

    CsvLines(BufferedReader text, Recording.Options options, Instant now) throws IOException {
      super(options, now);
      parser = CSVParser.parse(text, FORMAT);
      records = parser.iterator();
      CSVRecord head = records.next();
      width = head.size();
      Set<String> symbols = new HashSet<>();
      for (int i = 0; i < width; i++) {
        String name = head.get(i).strip().toLowerCase(Locale.ROOT);
        columns.putIfAbsent(name, i);
        if (SYMBOLS.contains(name)) {
          symbols.add(name);
          symbolName = name;
        }
      }
      for (String name : REQUIRED) {
        if (!columns.containsKey(name)) {
          throw new NoRecording(
              parser.getCurrentLineNumber(),
              "column '" + name + "' is missing; a CSV begins with " + String.join(",", REQUIRED) + "[,vwap,trade_count][,symbol]");
        }
      }
      if (symbols.size() > 1) {
        throw new NoRecording(parser.getCurrentLineNumber(), "more than one column names the pair: " + String.join(", ", symbols.stream().sorted().toList()));
      }
    }

    @Override
    RecordedLine next() {
      CSVRecord record;
      do {
        if (!records.hasNext()) {
          return null;
        }
        record = records.next();
      } while (record.size() == 1 && record.get(0).isBlank());
      return read(record, parser.getCurrentLineNumber());
    }

    private RecordedLine read(CSVRecord record, long number) {
      if (record.size() != width) {
        return RecordedLine.refused(number, "has " + record.size() + " cells, but the header has " + width);
      }
      Cells cells = new Cells();
      columns.forEach((name, place) -> {
        String field = FIELDS.get(name);
        if (field != null) {
          put(cells, field, record.get(place).strip());
        }
      });
      cells.symbol = symbolName == null ? null : record.get(columns.get(symbolName)).strip();
      return line(number, cells, symbolName);
    }
  }

  private static final class JsonLines extends RecordedLines {
    private final BufferedReader text;
    private long number;

    JsonLines(BufferedReader text, Recording.Options options, Instant now) {
      super(options, now);
      this.text = text;
    }

    @Override
    RecordedLine next() throws IOException {
      String line = text.readLine();
      number++;
      while (line != null && line.isBlank()) {
        line = text.readLine();
        number++;
      }
      return line == null ? null : read(line);
    }

    private RecordedLine read(String line) {
      Cells cells = new Cells();
      String symbolName = null;
      try (JsonParser json = JSON.createParser(line)) {
        if (json.nextToken() != JsonToken.START_OBJECT) {
          return RecordedLine.refused(number, "is no JSON object");
        }
        while (json.nextToken() != JsonToken.END_OBJECT) {
          String name = json.currentName();
          JsonToken value = json.nextToken();
          if (name.equals("bars")) {
            return parsed(number, line);
          }
          if (value.isStructStart()) {
            json.skipChildren();
          } else if (SYMBOLS.contains(name.toLowerCase(Locale.ROOT)) && value != JsonToken.VALUE_NULL) {
            cells.symbol = json.getText();
            symbolName = name;
          } else if (FIELDS.containsKey(name) && value != JsonToken.VALUE_NULL) {
            put(cells, FIELDS.get(name), json.getText());
          }
        }
      } catch (IOException e) {
        return RecordedLine.refused(number, "is no JSON: " + e.getMessage().lines().findFirst().orElse(""));
      }
      return line(number, cells, symbolName);
    }
  }
}
