package io.cryptodm.producer.crypto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.UsageException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TradeRecordingTest {
  private static final Pair BTC = new Pair("BTC", "USD");
  private static final Pair ETH = new Pair("ETH", "USD");

  /** As a query writes the whole table. */
  private static final String HEAD = "source,asset_id,asset_type,trade_id,trade_time,price,quantity,side,ref_date,seen_at,revision\n";

  @TempDir Path dir;

  private static String row(String source, String base, String id, String time, String price) {
    return source + "," + base + ",USD," + id + ",2026-11-30T" + time + "Z," + price + ",0.500000000000,buy,2026-11-30,2026-11-30T12:00:01.5Z,1099511627776\n";
  }

  private TradeRecording of(String text, boolean skipsBad, Pair... coins) throws Exception {
    return new TradeRecording(Files.writeString(dir.resolve("trades.csv"), text), RecordedTime.ISO, List.of(coins), List.of("coinbase", "kraken"), skipsBad);
  }

  private static List<String> taken(TradeRecording recording) {
    List<String> taken = new ArrayList<>();
    recording.forEach((source, trade) -> taken.add(source + " " + trade.pair() + " " + trade.id() + " " + trade.time() + " " + trade.price().stripTrailingZeros()));
    return taken;
  }

  private void refused(String reason, String text) {
    String said = assertThrows(UsageException.class, () -> of(text, false).check()).getMessage();
    assertTrue(said.endsWith(reason), said);
  }

  @Test
  void takesTheTableAsAQueryWritesIt() throws Exception {
    TradeRecording recording =
        of(HEAD + row("coinbase", "BTC", "9", "12:00:00.123456", "91000.25") + "\n" + row("kraken", "ETH", "4", "12:00:00.1", "3000.5"), false);
    TradeRecording.Summary found = recording.check();
    assertEquals(2, found.trades());
    assertEquals(Instant.parse("2026-11-30T12:00:00.1Z"), found.first());
    assertEquals(Instant.parse("2026-11-30T12:00:00.123456Z"), found.last());
    assertEquals(Map.of(BTC, "coinbase", ETH, "kraken"), found.sources());
    assertEquals(
        List.of("coinbase BTC/USD 9 2026-11-30T12:00:00.123456Z 91000.25", "kraken ETH/USD 4 2026-11-30T12:00:00.100Z 3000.5"), taken(recording));
  }

  @Test
  void takesTheCoinsThatAreNamed() throws Exception {
    String text = HEAD + row("coinbase", "BTC", "9", "12:00:00", "1") + row("kraken", "BTC", "4", "12:00:00", "1") + row("kraken", "ETH", "4", "12:00:00", "1");
    assertEquals(List.of("kraken ETH/USD 4 2026-11-30T12:00:00Z 1"), taken(of(text, false, ETH)));
    assertEquals(1, of(text, false, ETH).check().trades());
    assertTrue(assertThrows(UsageException.class, () -> of(text, false, new Pair("LTC", "USD")).check()).getMessage().endsWith("it holds no trade of [LTC/USD]"));
  }

  @Test
  void knowsATradeFromABarByTheHeader() throws Exception {
    Path trades = Files.writeString(dir.resolve("a"), HEAD);
    Path bars = Files.writeString(dir.resolve("b"), "open_time,open,high,low,close,volume,trade_count\n");
    Path lines = Files.writeString(dir.resolve("c"), "{\"trade_id\":1}\n");
    Path packed = dir.resolve("d.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
      out.write(HEAD.getBytes(StandardCharsets.UTF_8));
    }
    assertTrue(TradeRecording.isOne(trades));
    assertTrue(TradeRecording.isOne(packed));
    assertFalse(TradeRecording.isOne(bars));
    assertFalse(TradeRecording.isOne(lines));
    assertFalse(TradeRecording.isOne(dir.resolve("nothing")));
  }

  @Test
  void whatMakesNoSenseIsRefusedWithItsLine() {
    String first = row("coinbase", "BTC", "9", "12:00:00", "1");
    refused("line 1: column 'price' is missing; trades have source, asset_id, asset_type, trade_id, trade_time, price, quantity", HEAD.replace("price", "cost") + first);
    refused("line 3: 'source' must be one of coinbase, kraken but is 'bitstamp'", HEAD + first + row("bitstamp", "BTC", "9", "12:00:00", "1"));
    refused("line 2: 'price' must be above 0 but is -1", HEAD + row("coinbase", "BTC", "9", "12:00:00", "-1"));
    refused("line 3: BTC/USD has trades of coinbase and of kraken: one exchange makes the bars of a coin, so choose one by 'where source ='",
        HEAD + first + row("kraken", "BTC", "9", "12:00:00", "1"));
    refused(
        "line 3: is of 2026-11-30T11:58:59Z, before the one above of 2026-11-30T12:00:00Z: sort them by 'order by trade_time, trade_id'",
        HEAD + first + row("coinbase", "BTC", "8", "11:58:59", "1"));
    refused("it holds no trade", HEAD);
  }

  @Test
  void refusedLinesMayBeLeftOut() throws Exception {
    TradeRecording recording = of(HEAD + row("coinbase", "BTC", "x", "12:00:00", "1") + row("coinbase", "BTC", "9", "12:00:00", "1") + "cut", true);
    TradeRecording.Summary found = recording.check();
    assertEquals(1, found.trades());
    assertEquals(2, found.refused());
    assertTrue(found.named().get(0).startsWith("line 2: a number can't be read"), found.named().toString());
    assertEquals(1, taken(recording).size());
  }
}
