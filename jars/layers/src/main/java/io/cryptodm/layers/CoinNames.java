package io.cryptodm.layers;

import io.cryptodm.contracts.SpecException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The names of coins that were renamed: rows of bronze keep the name that they came with, and count for the coin under its newest name. */
final class CoinNames {
  static final CoinNames NONE = new CoinNames(Map.of());

  private final Map<String, String> later;
  private final Map<String, Earlier> earlier = new HashMap<>();
  private final Map<String, String> newest = new HashMap<>();

  /**
   * A name that a coin has no more.
   *
   * @param asset the name
   * @param age how often the coin was renamed since
   */
  record Earlier(String asset, int age) {}

  /**
   * @param later the next name of each coin that was renamed
   * @throws SpecException if names go in a circle
   */
  CoinNames(Map<String, String> later) {
    this.later = new TreeMap<>(later);
    for (String asset : later.keySet()) {
      String name = asset;
      int age = 0;
      while (later.containsKey(name)) {
        name = later.get(name);
        if (++age > later.size()) {
          throw new SpecException("spec: renamed." + asset + ": the names go in a circle");
        }
      }
      earlier.put(asset, new Earlier(asset, age));
      newest.put(asset, name);
    }
  }

  /** The coin under its newest name. */
  Coin newest(Coin named) {
    String asset = newest.get(named.asset());
    return asset == null ? named : new Coin(asset, named.type());
  }

  /** The name if the coin was renamed since; null for a newest name. */
  Earlier earlier(String asset) {
    return asset == null ? null : earlier.get(asset);
  }

  /** True if coins got this name later: another name was theirs before. */
  boolean isLater(String asset) {
    return later.containsValue(asset);
  }

  /** All names that came later. */
  Collection<String> laterNames() {
    return later.values();
  }

  /** Coins under each of their names. */
  Collection<Coin> allNames(Collection<Coin> coins) {
    if (later.isEmpty()) {
      return coins;
    }
    List<Coin> all = new ArrayList<>(coins);
    newest.forEach((asset, its) -> coins.stream().filter(coin -> coin.asset().equals(its)).forEach(coin -> all.add(new Coin(asset, coin.type()))));
    return all;
  }

  /** Such as {@code MATIC=POL}; the same text for the same names. */
  @Override
  public String toString() {
    return String.join(",", later.entrySet().stream().map(its -> its.getKey() + "=" + its.getValue()).toList());
  }
}
