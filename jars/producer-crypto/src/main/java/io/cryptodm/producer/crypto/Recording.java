package io.cryptodm.producer.crypto;

import io.cryptodm.contracts.BarReading;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.UsageException;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.zip.GZIPInputStream;

/**
 * A recording of minute bars: CSV (RFC 4180) with a header line ({@code open_time,open,high,low,close,volume[,vwap,trade_count][,symbol]}), or JSON
 * lines, either in Alpaca's wire form or one flat bar a line; also compressed by gzip. A line without a symbol belongs to the pair of the file.
 */
final class Recording {
  /** Refused lines that are named one by one. */
  private static final int NAMED = 20;

  private final Path file;
  private final Options options;
  private final Instant now;

  /**
   * How a recording is read.
   *
   * @param pair of lines without a symbol; null to take it from the file's name
   * @param known pairs of the lake
   * @param times how it writes times
   * @param skipsBad whether refused lines are left out; else the first one refuses the file
   */
  record Options(Pair pair, Collection<Pair> known, RecordedTime times, boolean skipsBad) {
    static final Options USUAL = new Options(null, List.of(), RecordedTime.ISO, false);

    Options of(Pair itsPair) {
      return new Options(itsPair, known, times, skipsBad);
    }
  }

  /** @param now bars may start at most one day after it */
  Recording(Path file, Options options, Instant now) {
    this.file = file;
    Pair pair = options.pair() == null ? PairNames.ofFile(file, options.known()) : options.pair();
    this.options = options.of(pair);
    this.now = now;
  }

  /**
   * Summary of a whole recording.
   *
   * @param isReversed true if its bars come newest first
   * @param refused number of lines that are left out
   * @param named the first lines with a fault, each with its number and reason
   */
  record Summary(long bars, Instant first, Instant last, Set<Pair> pairs, boolean isReversed, long refused, List<String> named) {}

  /** Reads all of it once, so that an invalid line is reported before anything is sent. @throws UsageException naming file, line and reason */
  Summary check() {
    Check check = new Check();
    read(check::take);
    if (check.bars == 0) {
      throw new UsageException(file + ": it holds no bar" + (check.refused == 0 ? "" : "; " + check.refused + " lines are refused: " + check.named.get(0)));
    }
    return new Summary(
        check.bars, check.first, check.last, check.pairs, check.falls && !check.rises, check.refused, check.named);
  }

  /** What the first reading finds. */
  private final class Check {
    private final Set<Pair> pairs = new TreeSet<>();
    private final List<String> named = new ArrayList<>();
    private long bars;
    private long refused;
    private Instant first = Instant.MAX;
    private Instant last = Instant.MIN;
    private Instant previous;
    private boolean rises;
    private boolean falls;

    boolean take(RecordedLine line) {
      if (line.isRefused() && !options.skipsBad()) {
        throw wrong(line);
      }
      refused += line.isRefused() ? 1 : 0;
      if (line.fault() != null) {
        if (named.size() < NAMED) {
          named.add("line " + line.number() + ": " + line.fault());
        }
      }
      for (BarReading reading : line.bars()) {
        QuoteBar bar = reading.bar();
        bars++;
        pairs.add(bar.pair());
        first = bar.start().isBefore(first) ? bar.start() : first;
        last = bar.start().isAfter(last) ? bar.start() : last;
        rises |= previous != null && bar.start().isAfter(previous);
        falls |= previous != null && bar.start().isBefore(previous);
        previous = bar.start();
      }
      return true;
    }
  }

  /**
   * Passes on each bar in order of the file, or oldest first if the file has them newest first, as long as {@code taker} returns true.
   *
   * @param isReversed as {@link #check} found it
   * @throws UsageException as {@link #check}
   */
  void forEach(boolean isReversed, Predicate<BarReading> taker) {
    if (!isReversed) {
      read(line -> line.bars().stream().allMatch(taker));
      return;
    }
    try (ReversedBars bars = new ReversedBars()) {
      read(line -> {
        line.bars().forEach(bars::add);
        return true;
      });
      bars.forEach(taker);
    } catch (IOException e) {
      throw new UsageException(file + ": cannot be turned round: " + e.getMessage());
    }
  }

  private void read(Predicate<RecordedLine> each) {
    long[] number = {0};
    try (BufferedReader text = open(file)) {
      RecordedLines lines = RecordedLines.of(text, options, now);
      for (RecordedLine line = lines.next(); line != null; line = lines.next()) {
        number[0] = line.number();
        if (!each.test(line)) {
          return;
        }
      }
    } catch (NoSuchFileException e) {
      throw new UsageException(file + ": there is no such file");
    } catch (CharacterCodingException e) {
      throw new UsageException(file + ", after line " + number[0] + ": not UTF-8");
    } catch (RecordedLines.NoRecording e) {
      throw new UsageException(file + ", line " + e.line() + ": " + e.getMessage());
    } catch (IOException | UncheckedIOException e) {
      String reason = e instanceof UncheckedIOException ? e.getCause().getMessage() : e.getMessage();
      throw new UsageException(file + (number[0] == 0 ? "" : ", after line " + number[0]) + ": cannot be read: " + reason);
    }
  }

  /** Opens a file of text in UTF-8, also compressed by gzip. */
  static BufferedReader open(Path file) throws IOException {
    InputStream bytes = new BufferedInputStream(Files.newInputStream(file));
    try {
      bytes.mark(2);
      // RFC 1952: the first two bytes of a gzip file.
      boolean isCompressed = bytes.read() == 0x1f && bytes.read() == 0x8b;
      bytes.reset();
      return new BufferedReader(new InputStreamReader(isCompressed ? new GZIPInputStream(bytes) : bytes, StandardCharsets.UTF_8.newDecoder()));
    } catch (IOException e) {
      bytes.close();
      throw e;
    }
  }

  private UsageException wrong(RecordedLine line) {
    return new UsageException(file + ", line " + line.number() + ": " + line.fault());
  }
}
