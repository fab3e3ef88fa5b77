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
    new ReplaySource(recording, sink.run).run(recording.check().first(), OptionalDouble.empty(), OptionalDouble.empty());
    return sink.quotes();
  }

  @Test
  void takesThePairFromTheNameOrTheArgument() {
    assertEquals(new Pair("BTC", "USDC"), Recording.pairOf(Path.of("/x/btc-usdc-1m-2023-03-11.csv")));
    assertEquals(new Pair("BTC", "USD"), Recording.pairOf(Path.of("BTC-USD.jsonl")));
    assertNull(Recording.pairOf(Path.of("quotes.csv")));
  }

  @Test
  void replaysCsvWithAndWithoutTheOptionalColumns() throws Exception {
    Path plain = file("btc-usd-1m.csv", HEAD + "2023-03-10 00:00:00+00:00,20375.76,20375.77,20362.05,20371.04,4.60118\n\n2023-03-10T00:01:00Z,1,2,1,1.5,0.0\n");
    assertEquals(
        List.of("replay BTC/USD 2023-03-10T00:00:00Z 20371.04", "replay BTC/USD 2023-03-10T00:01:00Z 1.5"), replayed(new Recording(plain, null, NOW)));
    Path full = file("a.csv", "\uFEFFclose,trade_count,vwap,open_time,open,high,low,volume,note\n1.5,7,1.25,2023-03-10T00:01:00Z,1,2,1,3,\"x\"\n1.5,,,2023-03-10T00:02:00Z,1,2,1,3,\n");
    List<QuoteBar> bars = new java.util.ArrayList<>();
    new Recording(full, new Pair("LTC", "USD"), NOW).forEach(bars::add);
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
    Recording recording = new Recording(gappy, null, NOW);
    new ReplaySource(recording, sink.run).run(recording.check().first(), OptionalDouble.empty(), OptionalDouble.empty());
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
        replayed(new Recording(file, null, NOW)));
  }

  @Test
  void aBadLineIsNamedBeforeAnythingIsSent() throws Exception {
    String good = "2023-03-10 00:00:00+00:00,1,2,1,1.5,4\n";
    assertFault("btc-usd.csv", HEAD + good + "2023-03-10 00:01:00+00:00,1,2,1,-3,4\n", "line 3: bar BTC/USD: price 'c' must be above 0 but is -3");
    assertFault("btc-usd.csv", HEAD + good + "2023-03-10 00:01:00+00:00,1,2,1,x,4\n", "line 3: bar BTC/USD: price 'c' must be a number but is 'x'");
    assertFault("btc-usd.csv", HEAD + good + "2023-03-10 00:01:00+00:00,1,2,1\n", "line 3: has 4 cells, but the header has 6");
    assertFault("btc-usd.csv", HEAD + "10.3.2023,1,2,1,1,4\n", "line 2: bar BTC/USD: time 't' must be a UTC time such as 2025-07-08T05:43:00Z but is '10.3.2023'");
    assertFault("btc-usd.csv", "time,open\n", "line 1: column 'open_time' is missing; a CSV begins with open_time,open,high,low,close,volume[,vwap,trade_count]");
    assertFault("quotes.csv", HEAD + good, "line 2: has no symbol; name the file like btc-usd-1m.csv, or give one pair by --coins");
    assertFault("btc-usd.jsonl", "{\"c\":1}\n", "line 1: bar BTC/USD: price 'h' is missing");
    UsageException empty = assertThrows(UsageException.class, () -> new Recording(file("btc-usd.csv", HEAD), null, NOW).check());
    assertTrue(empty.getMessage().endsWith("btc-usd.csv: it holds no bar"));
    UsageException none = assertThrows(UsageException.class, () -> new Recording(dir.resolve("no-such.csv"), null, NOW).check());
    assertTrue(none.getMessage().endsWith("no-such.csv: there is no such file"));
  }

  private void assertFault(String name, String text, String reason) throws Exception {
    Path file = file(name, text);
    assertEquals(file + ", " + reason, assertThrows(UsageException.class, () -> new Recording(file, null, NOW).check()).getMessage());
  }

  @Test
  void speedPacesByTheBarsOwnTimes() throws Exception {
    Path file = file("btc-usd.csv", HEAD + "2023-03-10 00:00:00+00:00,1,2,1,1.5,4\n2023-03-10 00:10:00+00:00,1,2,1,1.5,4\n");
    FakeClock time = new FakeClock(NOW, 1000);
    Sink sink = new Sink(time, OptionalLong.empty(), OptionalDouble.empty());
    Recording recording = new Recording(file, null, NOW);
    new ReplaySource(recording, sink.run).run(recording.check().first(), OptionalDouble.of(60), OptionalDouble.empty());
    assertEquals(2, sink.quotes().size());
    assertEquals(10, time.nanos() / 1e9, 1e-6);
  }
}
