package io.cryptodm.producer.trader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.Spec;
import io.cryptodm.contracts.TradeEvent;
import io.cryptodm.contracts.TradeParser;
import io.cryptodm.contracts.TradeWriter;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class TradeSimulationTest {
  private static final Instant NOW = Instant.parse("2025-07-08T05:44:30.123456Z");
  private static final List<Spec.Coin> COINS =
      List.of(
          new Spec.Coin(new Pair("BTC", "USD"), new BigDecimal("108000"), 0),
          new Spec.Coin(new Pair("SHIB", "USD"), new BigDecimal("0.000012"), 0));

  @Test
  void tradesArePlausibleAndReadBackUnchanged() {
    TradeSimulation simulation = new TradeSimulation(COINS, 100, 1, new TimeOrderedIds());
    Set<String> users = new HashSet<>();
    Set<Object> kinds = new HashSet<>();
    for (int i = 0; i < 5000; i++) {
      TradeEvent trade = simulation.next(NOW);
      assertEquals(List.of(trade), TradeParser.parse(TradeWriter.write(trade), NOW).events());
      double price = trade.pair().base().equals("BTC") ? 108000 : 0.000012;
      double value = trade.quantity().doubleValue() * price;
      assertTrue((value > 9.9 || trade.type() == TradeEvent.Type.SELL) && value < 10_100, trade.toString());
      assertTrue(trade.documentId().matches("[1-9][0-9]{10}"));
      assertEquals(Instant.parse("2025-07-08T05:44:30.123Z"), trade.timestamp());
      users.add(trade.documentId());
      kinds.add(trade.type());
      kinds.add(trade.pair());
    }
    assertEquals(100, users.size());
    assertEquals(4, kinds.size());
  }

  @Test
  void nobodySellsWhatTheyHaveNotBought() {
    TradeSimulation simulation = new TradeSimulation(COINS, 20, 1, new TimeOrderedIds());
    Map<String, BigDecimal> held = new HashMap<>();
    int sales = 0;
    for (int i = 0; i < 2000; i++) {
      TradeEvent trade = simulation.next(NOW);
      boolean buys = trade.type() == TradeEvent.Type.BUY;
      sales += buys ? 0 : 1;
      BigDecimal left = held.merge(trade.documentId() + trade.pair(), buys ? trade.quantity() : trade.quantity().negate(), BigDecimal::add);
      assertTrue(left.signum() >= 0, trade.toString());
      assertTrue(trade.quantity().signum() > 0, trade.toString());
    }
    assertTrue(sales > 500, String.valueOf(sales));
    assertTrue(held.values().stream().filter(left -> left.signum() > 0).count() > 20);
  }

  @Test
  void theSeedDecidesWhoTradesWhatButNotTheIds() {
    TradeEvent one = new TradeSimulation(COINS, 100, 5, new TimeOrderedIds()).next(NOW);
    TradeEvent other = new TradeSimulation(COINS, 100, 5, new TimeOrderedIds()).next(NOW);
    assertEquals(List.of(one.documentId(), one.pair(), one.type(), one.quantity()), List.of(other.documentId(), other.pair(), other.type(), other.quantity()));
    assertTrue(!one.transactionId().equals(other.transactionId()));
    assertEquals(TradeSimulation.documents(1000, 5), TradeSimulation.documents(1000, 5));
    assertEquals(1000, new HashSet<>(TradeSimulation.documents(1000, 5)).size());
  }

  @Test
  void idsAreVersion7AndSortAsTheyWereMade() {
    TimeOrderedIds ids = new TimeOrderedIds(new Random(3));
    List<String> made = new ArrayList<>();
    long[] clock = {1000, 1000, 1001, 990, 1001, 5000};
    for (long millis : clock) {
      // More than the counter holds, within one millisecond.
      for (int i = 0; i < 5000; i++) {
        UUID id = ids.next(1_751_953_470_000L + millis);
        assertEquals(7, id.version());
        assertEquals(2, id.variant());
        made.add(id.toString());
      }
    }
    assertEquals(made.stream().sorted().distinct().toList(), made);
  }

  @Test
  void anIdBeginsWithItsTime() {
    assertTrue(new TimeOrderedIds(new Random(1)).next(0x0197e8a14f00L).toString().startsWith("0197e8a1-4f00-7"));
  }
}
