package io.cryptodm.producer.trader;

import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.Spec;
import io.cryptodm.contracts.TradeEvent;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Trades of many users; user, coin, side and quantity depend on the seed only, ids and times do not. A user sells only what this run has seen them
 * buy.
 */
final class TradeSimulation {
  private static final double LEAST_VALUE = 10;
  private static final double MOST_VALUE = 10_000;
  private static final long LEAST_DOCUMENT = 10_000_000_000L;
  private static final long DOCUMENTS = 90_000_000_000L;
  private static final long MINUTE_MILLIS = 60_000;

  private final List<Spec.Coin> coins;
  private final List<String> users;
  private final TimeOrderedIds ids;
  private final Random random;
  private final Map<Holding, BigDecimal> holdings = new HashMap<>();

  private record Holding(String user, Pair pair) {}

  /** @param users how many different users there are */
  TradeSimulation(List<Spec.Coin> coins, int users, long seed, TimeOrderedIds ids) {
    this.coins = List.copyOf(coins);
    this.users = documents(users, seed);
    this.ids = ids;
    this.random = new Random(seed);
  }

  /** The users: numbers of 11 digits, the same for the same seed. */
  static List<String> documents(int users, long seed) {
    Random random = new Random(~seed);
    Set<String> documents = new LinkedHashSet<>();
    while (documents.size() < users) {
      documents.add(Long.toString(LEAST_DOCUMENT + random.nextLong(DOCUMENTS)));
    }
    return List.copyOf(documents);
  }

  /** The next trade, made at {@code now}. */
  TradeEvent next(Instant now) {
    String user = users.get(random.nextInt(users.size()));
    Spec.Coin coin = coins.get(random.nextInt(coins.size()));
    return trade(user, coin.pair(), coin.price().doubleValue(), now);
  }

  /** Some trades within the minute of a bar, at its price, in order of time. */
  List<TradeEvent> in(QuoteBar bar, int trades) {
    long[] moments = random.longs(trades, 0, MINUTE_MILLIS).sorted().toArray();
    List<TradeEvent> made = new ArrayList<>(trades);
    for (long moment : moments) {
      made.add(trade(users.get(random.nextInt(users.size())), bar.pair(), bar.close().doubleValue(), bar.start().plusMillis(moment)));
    }
    return made;
  }

  private TradeEvent trade(String user, Pair pair, double price, Instant now) {
    Instant at = now.truncatedTo(ChronoUnit.MILLIS);
    BigDecimal held = holdings.getOrDefault(new Holding(user, pair), BigDecimal.ZERO);
    boolean sells = random.nextBoolean() && held.signum() > 0;
    // Even on a logarithmic scale: small trades are as common as large ones.
    double value = LEAST_VALUE * StrictMath.pow(MOST_VALUE / LEAST_VALUE, random.nextDouble());
    BigDecimal quantity = sells ? quantity(value / price).min(held) : quantity(value / price);
    holdings.put(new Holding(user, pair), sells ? held.subtract(quantity) : held.add(quantity));
    TradeEvent.Type type = sells ? TradeEvent.Type.SELL : TradeEvent.Type.BUY;
    return new TradeEvent(ids.next(at.toEpochMilli()).toString(), user, pair, at, type, quantity);
  }

  /** Rounded to about five digits, at most 12 decimals, above 0. */
  private static BigDecimal quantity(double quantity) {
    int magnitude = (int) Math.floor(Math.log10(quantity));
    int decimals = Math.max(0, Math.min(12, 4 - magnitude));
    return BigDecimal.valueOf(quantity).setScale(decimals, RoundingMode.HALF_UP).max(new BigDecimal("1e-12"));
  }
}
