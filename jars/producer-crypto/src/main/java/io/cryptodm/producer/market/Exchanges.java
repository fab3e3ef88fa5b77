package io.cryptodm.producer.market;

import java.util.List;

/** The exchanges whose trades can be followed. */
public final class Exchanges {
  private Exchanges() {}

  /** @param keyId of Alpaca, null for none. @param secretKey of Alpaca, null for none */
  public static List<Exchange> all(String keyId, String secretKey) {
    return List.of(new CoinbaseExchange(), new KrakenExchange(), new AlpacaStreamExchange(keyId, secretKey));
  }
}
