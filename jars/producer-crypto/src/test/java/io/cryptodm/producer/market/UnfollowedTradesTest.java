package io.cryptodm.producer.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.MarketParser;
import io.cryptodm.contracts.MarketRecord;
import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.Sources;
import io.cryptodm.contracts.TradeHole;
import io.cryptodm.contracts.TradeWatch;
import io.cryptodm.producer.FakeClock;
import io.cryptodm.producer.ReliableSender;
import io.cryptodm.producer.Run;
import io.cryptodm.producer.RunState;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class UnfollowedTradesTest {
  private static final Pair BTC = Pair.parse("BTC/USD");
  private static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");

  private final FakeClock clock = new FakeClock(NOON.plusSeconds(3600), 1000);
  private final MockProducer<byte[], byte[]> kafka = new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
  private final RunState state = new RunState();
  private final ReliableSender sender = new ReliableSender("market-trades", () -> kafka, state, clock);
  private final UnfollowedTrades trades =
      new UnfollowedTrades(new Run(sender, sender, state, clock, OptionalLong.empty(), OptionalDouble.empty()));

  private void restore(String source, MarketRecord record) {
    trades.restore(source, record, NOON.plusSeconds(60), NOON);
  }

  private static MarketTrade trade(long id) {
    return new MarketTrade(BTC, id, NOON.plusSeconds(id), BigDecimal.TEN, BigDecimal.ONE, null);
  }

  private List<MarketRecord> repeated(String source) {
    List<MarketRecord> records =
        kafka.history().stream()
            .filter(record -> Sources.of(record.headers().lastHeader(Sources.HEADER).value()).equals(source))
            .map(record -> MarketParser.read(record.value(), clock.now()).record())
            .toList();
    kafka.clear();
    return records;
  }

  @Test
  void repeatsWhatAnExchangeThatIsNotFollowedHasHad() {
    TradeHole hole = new TradeHole(BTC, 3, 4, NOON, NOON.plusSeconds(5), TradeHole.State.OPEN, "it broke");
    restore("kraken", trade(8));
    restore("kraken", new TradeWatch(BTC, 1, 9, NOON.plusSeconds(9)));
    restore("kraken", hole);
    restore("kraken", trade(11));
    trades.tick(clock.nanos());
    assertEquals(List.of(), repeated("kraken"));
    for (int i = 0; i < 3; i++) {
      clock.pause(Duration.ofSeconds(30));
      trades.tick(clock.nanos());
      List<MarketRecord> records = repeated("kraken");
      assertEquals(new TradeWatch(BTC, 1, 11, NOON.plusSeconds(11)), records.get(0));
      assertTrue(records.contains(hole));
      // The producer was killed between two repeats.
      assertTrue(records.stream().anyMatch(record -> record instanceof TradeHole its && its.first() == 10));
      assertEquals(3, records.size());
    }
  }

  @Test
  void knowsNothingOfAnExchangeWhoseIdsProveNothing() {
    restore("alpaca-stream", trade(8));
    clock.pause(Duration.ofSeconds(30));
    trades.tick(clock.nanos());
    assertEquals(List.of(), repeated("alpaca-stream"));
  }
}
