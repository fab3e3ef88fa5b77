package io.cryptodm.producer.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.Pair;
import java.util.List;
import org.junit.jupiter.api.Test;

class FeedSubscriptionsTest {
  private final PairFeed btc = new PairFeed(Pair.parse("BTC/USD"), true);
  private final PairFeed eth = new PairFeed(Pair.parse("ETH/USD"), true);
  private final PairFeed yfi = new PairFeed(Pair.parse("YFI/USD"), true);
  private final FeedSubscriptions together = new FeedSubscriptions(new CoinbaseExchange(), List.of(btc, eth, yfi));
  private final FeedSubscriptions single = new FeedSubscriptions(new KrakenExchange(), List.of(btc, eth, yfi));

  private static List<String> pairs(List<String> messages) {
    return messages.stream()
        .map(message -> message.replaceAll("[^A-Z/-]+", " ").strip())
        .toList();
  }

  @Test
  void aRefusedPairDoesNotKeepTheOthersOfItsRequest() {
    assertEquals(List.of("BTC-USD ETH-USD YFI-USD"), pairs(together.all()));
    assertEquals(List.of("BTC-USD ETH-USD"), pairs(together.refuse(yfi, "not listed")));
    assertEquals(List.of("BTC-USD"), pairs(together.refuse(eth, "not listed")));
  }

  @Test
  void aNewConnectionTriesEachRefusedPairByItself() {
    together.refuse(yfi, "not listed");
    together.refuse(eth, "not listed");
    // One that is listed again must not be refused with one that is not.
    assertEquals(List.of("BTC-USD", "ETH-USD", "YFI-USD"), pairs(together.all()));
    assertTrue(together.refuse(yfi, "not listed").isEmpty(), "its request held no other");
    eth.refused(null);
    assertEquals(List.of("BTC-USD ETH-USD", "YFI-USD"), pairs(together.all()));
    assertEquals(List.of("YFI-USD"), pairs(together.refused()));
  }

  @Test
  void anExchangeThatTakesEachPairByItselfIsNotAskedForTheOthersAgain() {
    assertEquals(3, single.all().size());
    assertTrue(single.refuse(yfi, "unknown").isEmpty());
    assertEquals(List.of("BTC/USD", "ETH/USD", "YFI/USD"), pairs(single.all()));
  }

  @Test
  void subscribesToNothingWhenAllAreRefused() {
    together.refuse(btc, "no");
    together.refuse(eth, "no");
    assertTrue(together.refuse(yfi, "no").isEmpty());
    assertEquals(3, together.refused().size());
  }
}
