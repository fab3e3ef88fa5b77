package io.cryptodm.producer.crypto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.UsageException;
import io.cryptodm.producer.FakeClock;
import io.cryptodm.producer.Sink;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordingTest {
  private static final Instant NOW = Instant.parse("2025-07-08T05:44:30Z");
  private static final String HEAD = "open_time,open,high,low,close,volume\n";

  @TempDir Path dir;

  private Path file(String name, String text) throws Exception {
    return Files.writeString(dir.resolve(name), text);
  }

  private static List<String> replayed(Recording recording) {
    Sink sink = new Sink(new FakeClock(NOW, 1000), OptionalLong.empty(), OptionalDouble.empty());
    new ReplaySource(recording, sink.run).run(recording.check(), OptionalDouble.empty(), OptionalDouble.empty());
    return sink.quotes();
  }

  @Test
  void takesThePairFromTheNameOrTheArgument() {
    assertEquals(new Pair("BTC", "USDC"), PairNames.ofFile(Path.of("/x/btc-usdc-1m-2023-03-11.csv"), List.of()));
    assertEquals(new Pair("BTC", "USD"), PairNames.ofFile(Path.of("BTC-USD.jsonl"), List.of()));
    assertNull(PairNames.ofFile(Path.of("quotes.csv"), List.of()));
  }

  @Test
  void replaysCsvWithAndWithoutTheOptionalColumns() throws Exception {
    Path plain = file("btc-usd-1m.csv", HEAD + "2023-03-10 00:00:00+00:00,20375.76,20375.77,20362.05,20371.04,4.60118\n\n2023-03-10T00:01:00Z,1,2,1,1.5,0.0\n");
    assertEquals(
        List.of("replay BTC/USD 2023-03-10T00:00:00Z 20371.04", "replay BTC/USD 2023-03-10T00:01:00Z 1.5"), replayed(new Recording(plain, Recording.Options.USUAL, NOW)));
    Path full = file("a.csv", "\uFEFFclose,trade_count,vwap,open_time,open,high,low,volume,note\n1.5,7,1.25,2023-03-10T00:01:00Z,1,2,1,3,\"x\"\n1.5,,,2023-03-10T00:02:00Z,1,2,1,3,\n");
    List<QuoteBar> bars = new java.util.ArrayList<>();
    new Recording(full, Recording.Options.USUAL.of(new Pair("LTC", "USD")), NOW).forEach(false, reading -> bars.add(reading.bar()));
    assertEquals(7L, bars.get(0).tradeCount());
    assertEquals(0, bars.get(0).vwap().compareTo(new java.math.BigDecimal("1.25")));
    assertNull(bars.get(1).tradeCount());
    assertNull(bars.get(1).vwap());
  }

  @Test
  void aRecordingKnowsEveryMinuteBetweenItsFirstAndItsLast() throws Exception {
    String line = ",1,2,1,1.5,3\n";
    Path gappy = file("btc-usd.csv", HEAD + "2023-03-10T23:58:00Z" + line + "2023-03-11T00:05:00Z" + line + "2023-03-11T00:04:00Z" + line + "2023-03-11T00:09:00Z" + line);
    Sink sink = new Sink(new FakeClock(NOW, 1000), OptionalLong.empty(), OptionalDouble.empty());
    Recording recording = new Recording(gappy, Recording.Options.USUAL, NOW);
    new ReplaySource(recording, sink.run).run(recording.check(), OptionalDouble.empty(), OptionalDouble.empty());
    assertEquals(
        List.of(
            "replay BTC/USD observed 2023-03-10T23:58:00Z to 2023-03-11T00:00:00Z",
            "replay BTC/USD observed 2023-03-11T00:00:00Z to 2023-03-11T00:10:00Z"),
        sink.watched());
    assertEquals(4, sink.bars().size());
  }

  @Test
  void replaysJsonLinesWireFormAndFlat() throws Exception {
    Path file =
        file(
            "quotes.jsonl",
            "{\"bars\":{\"BTC/USD\":{\"c\":2,\"h\":3,\"l\":1,\"o\":2,\"t\":\"2023-03-10T00:00:00Z\",\"v\":1},\"LTC/USD\":{\"c\":1,\"h\":3,\"l\":1,\"o\":2,\"t\":\"2023-03-10T00:00:00Z\",\"v\":1}}}\n"
                + "{\"S\":\"ETH/USD\",\"c\":2.5,\"h\":3,\"l\":1,\"o\":2,\"t\":\"2023-03-10T00:01:00Z\",\"v\":1,\"x\":{\"y\":[1]}}\n"
                + "{\"pair\":\"ETH/USD\",\"close\":2.25,\"high\":3,\"low\":1,\"open\":2,\"open_time\":\"2023-03-10 00:02:00+00:00\",\"volume\":1,\"vwap\":null}\n");
    assertEquals(
        List.of(
            "replay BTC/USD 2023-03-10T00:00:00Z 2",
            "replay LTC/USD 2023-03-10T00:00:00Z 1",
            "replay ETH/USD 2023-03-10T00:01:00Z 2.5",
            "replay ETH/USD 2023-03-10T00:02:00Z 2.25"),
        replayed(new Recording(file, Recording.Options.USUAL, NOW)));
  }

  @Test
  void aBadLineIsNamedBeforeAnythingIsSent() throws Exception {
    String good = "2023-03-10 00:00:00+00:00,1,2,1,1.5,4\n";
    assertFault("btc-usd.csv", HEAD + good + "2023-03-10 00:01:00+00:00,1,2,1,-3,4\n", "line 3: bar BTC/USD: price 'c' must be above 0 but is -3");
    assertFault("btc-usd.csv", HEAD + good + "2023-03-10 00:01:00+00:00,1,2,1,x,4\n", "line 3: bar BTC/USD: price 'c' must be a number but is 'x'");
    assertFault("btc-usd.csv", HEAD + good + "2023-03-10 00:01:00+00:00,1,2,1\n", "line 3: has 4 cells, but the header has 6");
    assertFault("btc-usd.csv", HEAD + "10.3.2023,1,2,1,1,4\n", "line 2: bar BTC/USD: time 't' must be a UTC time such as 2025-07-08T05:43:00Z but is '10.3.2023'");
    assertFault("btc-usd.csv", "time,open\n", "line 1: column 'open_time' is missing; a CSV begins with open_time,open,high,low,close,volume[,vwap,trade_count][,symbol]");
    assertFault("quotes.csv", HEAD + good, "line 2: has no symbol; name the file like btc-usd-1m.csv, or give one pair by --coins");
    assertFault("btc-usd.jsonl", "{\"c\":1}\n", "line 1: bar BTC/USD: price 'h' is missing");
    UsageException empty = assertThrows(UsageException.class, () -> new Recording(file("btc-usd.csv", HEAD), Recording.Options.USUAL, NOW).check());
    assertTrue(empty.getMessage().endsWith("btc-usd.csv: it holds no bar"));
    UsageException none = assertThrows(UsageException.class, () -> new Recording(dir.resolve("no-such.csv"), Recording.Options.USUAL, NOW).check());
    assertTrue(none.getMessage().endsWith("no-such.csv: there is no such file"));
  }

  private void assertFault(String name, String text, String reason) throws Exception {
    Path file = file(name, text);
    assertEquals(file + ", " + reason, assertThrows(UsageException.class, () -> new Recording(file, Recording.Options.USUAL, NOW).check()).getMessage());
  }

  private static final Recording.Options SKIPS = new Recording.Options(null, List.of(), RecordedTime.ISO, true);

  private static Recording.Options times(RecordedTime times) {
    return new Recording.Options(null, List.of(), times, false);
  }

  private static List<String> replayed(Path file, Recording.Options options) {
    return replayed(new Recording(file, options, NOW));
  }

  @Test
  void aColumnWithThePairOutranksTheNameOfTheFile() throws Exception {
    for (String name : List.of("symbol", "PAIR", "ticker", "S")) {
      String head = name + ",open_time,open,high,low,close,volume\n";
      Path file = file("btc-usd-and-eth-usd.csv", head + "BTC/USD,2023-03-10T00:00:00Z,1,2,1,1.5,4\neth-usd,2023-03-10T00:01:00Z,1,2,1,2,4\n");
      assertEquals(
          List.of("replay BTC/USD 2023-03-10T00:00:00Z 1.5", "replay ETH/USD 2023-03-10T00:01:00Z 2"), replayed(file, Recording.Options.USUAL));
    }
    String head = "symbol," + HEAD;
    assertFault("btc-usd.csv", head + ",2023-03-10T00:00:00Z,1,2,1,1.5,4\n", "line 2: 'symbol' is '', which is no pair such as BTC/USD");
    assertFault("btc-usd.csv", head + "BTCUSD,2023-03-10T00:00:00Z,1,2,1,1.5,4\n", "line 2: 'symbol' is 'BTCUSD', which is no pair such as BTC/USD");
    assertFault("btc-usd.csv", "ticker," + head + "BTC/USD,ETH/USD,2023-03-10T00:00:00Z,1,2,1,1.5,4\n", "line 1: more than one column names the pair: symbol, ticker");
    Recording.Options known = new Recording.Options(null, List.of(new Pair("BTC", "USD")), RecordedTime.ISO, false);
    Path file = file("any.csv", head + "btcusd,2023-03-10T00:00:00Z,1,2,1,1.5,4\n");
    assertEquals(List.of("replay BTC/USD 2023-03-10T00:00:00Z 1.5"), replayed(file, known));
  }

  @Test
  void aNameThatTellsNoPairIsRefusedWithTheWayOut() throws Exception {
    String bar = HEAD + "2023-03-10T00:00:00Z,1,2,1,1.5,4\n";
    for (String name : List.of("BTCUSDT-1m-2026-11-14.csv", "2026-11-14.csv", "my-recording.csv", "bars-2.csv", "BTCUSD.csv", "1-2.csv")) {
      assertFault(name, bar, "line 2: has no symbol; name the file like btc-usd-1m.csv, or give one pair by --coins");
    }
    assertEquals(new Pair("SOL", "XYZ"), PairNames.ofFile(Path.of("sol-xyz-1m.csv"), List.of(new Pair("SOL", "XYZ"))));
    assertEquals(new Pair("1000000MOG", "USDT"), PairNames.ofFile(Path.of("1000000mog_usdt.csv.gz"), List.of()));
  }

  @Test
  void cellsAreQuotedAsRfc4180Says() throws Exception {
    String head = "note,\"open_time\",open,high,low,close,volume,\"a \"\"b\"\"\"\n";
    Path file =
        file("btc-usd.csv", head + "\"a, \"\"b\"\"\nsecond line\",\"2023-03-10T00:00:00Z\",1,2,1,\"1.5\",4,x\r\n\r\n\"\",2023-03-10T00:01:00Z,1,2,1,2,4,\"\"\r\n");
    assertEquals(
        List.of("replay BTC/USD 2023-03-10T00:00:00Z 1.5", "replay BTC/USD 2023-03-10T00:01:00Z 2"), replayed(file, Recording.Options.USUAL));
    Path open = file("btc-usd.csv", HEAD + "\"2023-03-10T00:00:00Z,1,2,1,1.5,4\n");
    UsageException e = assertThrows(UsageException.class, () -> new Recording(open, Recording.Options.USUAL, NOW).check());
    assertEquals(open + ": cannot be read: (startline 2) EOF reached before encapsulated token finished", e.getMessage());
  }

  @Test
  void emptyCellsOfDataFramesAreNoValue() throws Exception {
    String head = HEAD.strip() + ",trade_count,vwap\n";
    StringBuilder lines = new StringBuilder(head);
    List<String> nothing = List.of("", "NaN", "nan", "None", "null", "NA");
    for (int i = 0; i < nothing.size(); i++) {
      lines.append("2023-03-10T00:0").append(i).append(":00Z,1,2,1,1.5,4,").append(nothing.get(i)).append(',').append(nothing.get(i)).append('\n');
    }
    lines.append("2023-03-10T00:08:00Z,1,2,1,1.5,4,12.0,1.2\n2023-03-10T00:09:00Z,1,2,1,1.5,0,0.0,NaN\n");
    List<QuoteBar> bars = new java.util.ArrayList<>();
    new Recording(file("ltc-usd.csv", lines.toString()), Recording.Options.USUAL, NOW).forEach(false, reading -> bars.add(reading.bar()));
    assertTrue(bars.subList(0, nothing.size()).stream().allMatch(bar -> bar.tradeCount() == null && bar.vwap() == null));
    assertEquals(List.of(12L, 0L), bars.subList(nothing.size(), bars.size()).stream().map(QuoteBar::tradeCount).toList());
    assertFault("ltc-usd.csv", head + "2023-03-10T00:00:00Z,1,2,1,1.5,4,12.5,1\n", "line 2: bar LTC/USD: trade count 'n' must be a whole number from 0 on but is 12.5");
    assertFault("ltc-usd.csv", head + "2023-03-10T00:00:00Z,1,2,1,NaN,4,1,1\n", "line 2: bar LTC/USD: price 'c' must be a number but is 'NaN'");
  }

  @Test
  void timesMayBeNumbersIfTheirUnitIsSaid() throws Exception {
    long second = Instant.parse("2023-03-10T00:01:00Z").getEpochSecond();
    for (RecordedTime times : List.of(RecordedTime.S, RecordedTime.MS, RecordedTime.US, RecordedTime.NS)) {
      String zeros = "0".repeat(3 * (times.ordinal() - 1));
      for (String text : List.of(second + zeros, second + zeros + ".0")) {
        Path file = file("btc-usd.csv", HEAD + text + ",1,2,1,1.5,4\n");
        assertEquals(List.of("replay BTC/USD 2023-03-10T00:01:00Z 1.5"), replayed(file, times(times)));
      }
    }
    assertFault("btc-usd.csv", HEAD + second + ",1,2,1,1.5,4\n", "line 2: time '" + second + "' is a number: say by --times s, ms, us or ns what it counts since 1970");
    Path iso = file("btc-usd.csv", HEAD + "2023-03-10T00:01:00Z,1,2,1,1.5,4\n");
    assertEquals(
        iso + ", line 2: time '2023-03-10T00:01:00Z' is no number, as --times ms says",
        assertThrows(UsageException.class, () -> new Recording(iso, times(RecordedTime.MS), NOW).check()).getMessage());
    Path wrong = file("btc-usd.csv", HEAD + second + "000000000,1,2,1,1.5,4\n");
    assertEquals(
        wrong + ", line 2: time '" + second + "000000000' is beyond all dates: --times s may be wrong",
        assertThrows(UsageException.class, () -> new Recording(wrong, times(RecordedTime.S), NOW).check()).getMessage());
  }

  @Test
  void aRecordingWithItsNewestBarFirstIsReplayedFromItsOldest() throws Exception {
    Path file = file("btc-usd.csv", HEAD + "2023-03-10T00:02:00Z,1,2,1,1.3,4\n2023-03-10T00:01:00Z,1,2,1,1.2,4\n2023-03-10T00:00:00Z,1,2,1,1.1,4\n");
    Sink sink = new Sink(new FakeClock(NOW, 1000), OptionalLong.empty(), OptionalDouble.empty());
    Recording recording = new Recording(file, Recording.Options.USUAL, NOW);
    new ReplaySource(recording, sink.run).run(recording.check(), OptionalDouble.empty(), OptionalDouble.empty());
    assertEquals(List.of("1.1", "1.2", "1.3"), sink.quotes().stream().map(its -> its.split(" ")[3]).toList());
    assertEquals(List.of("replay BTC/USD observed 2023-03-10T00:00:00Z to 2023-03-10T00:03:00Z"), sink.watched());
  }

  @Test
  void aCompressedRecordingIsRead() throws Exception {
    Path file = dir.resolve("btc-usd-1m.csv.gz");
    try (var out = new java.util.zip.GZIPOutputStream(Files.newOutputStream(file))) {
      out.write((HEAD + "2023-03-10T00:00:00Z,1,2,1,1.1,4\n").getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    assertEquals(List.of("replay BTC/USD 2023-03-10T00:00:00Z 1.1"), replayed(file, Recording.Options.USUAL));
    Path cut = dir.resolve("eth-usd.csv.gz");
    Files.write(cut, java.util.Arrays.copyOf(Files.readAllBytes(file), 30));
    UsageException e = assertThrows(UsageException.class, () -> new Recording(cut, Recording.Options.USUAL, NOW).check());
    assertTrue(e.getMessage().contains("cannot be read: "), e.getMessage());
  }

  @Test
  void refusedLinesAreNamedAndTheRestIsTaken() throws Exception {
    String good = "2023-03-10T00:00:00Z,1,2,1,1.5,4\n";
    Path file = file("btc-usd.csv", HEAD + good + "2023-03-10T00:01:00Z,1,2,1,-3,4\n2023-03-10T00:02:00Z,1,2\n2023-03-10T00:03:00Z,1,1.2,1,1.5,4\n");
    Recording.Summary summary = new Recording(file, SKIPS, NOW).check();
    assertEquals(2, summary.bars());
    assertEquals(2, summary.refused());
    assertEquals(
        List.of(
            "line 3: bar BTC/USD: price 'c' must be above 0 but is -3", "line 4: has 3 cells, but the header has 6",
            "line 5: bar BTC/USD: its prices go from 1 to 1.5, but its low is 1 and its high 1.2: taken with the wider range"),
        summary.named());
    Path none = file("eth-usd.csv", HEAD + "2023-03-10T00:01:00Z,1,2,1,-3,4\n");
    UsageException e = assertThrows(UsageException.class, () -> new Recording(none, SKIPS, NOW).check());
    assertEquals(none + ": it holds no bar; 1 lines are refused: line 2: bar ETH/USD: price 'c' must be above 0 but is -3", e.getMessage());
  }

  @Test
  void speedPacesByTheBarsOwnTimes() throws Exception {
    Path file = file("btc-usd.csv", HEAD + "2023-03-10 00:00:00+00:00,1,2,1,1.5,4\n2023-03-10 00:10:00+00:00,1,2,1,1.5,4\n");
    FakeClock time = new FakeClock(NOW, 1000);
    Sink sink = new Sink(time, OptionalLong.empty(), OptionalDouble.empty());
    Recording recording = new Recording(file, Recording.Options.USUAL, NOW);
    new ReplaySource(recording, sink.run).run(recording.check(), OptionalDouble.of(60), OptionalDouble.empty());
    assertEquals(2, sink.quotes().size());
    assertEquals(10, time.nanos() / 1e9, 1e-6);
  }
}
