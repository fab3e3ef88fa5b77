package io.cryptodm.layers;

/**
 * A pair of the market.
 *
 * @param asset its base, such as BTC
 * @param type its quote currency, such as USD
 */
record Coin(String asset, String type) implements Comparable<Coin> {
  @Override
  public int compareTo(Coin other) {
    int byAsset = asset.compareTo(other.asset);
    return byAsset != 0 ? byAsset : type.compareTo(other.type);
  }
}
