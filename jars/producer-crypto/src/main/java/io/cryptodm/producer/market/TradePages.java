package io.cryptodm.producer.market;

import io.cryptodm.contracts.Pair;

/** Gives the pages of the history of an exchange. */
interface TradePages {
  Exchange exchange();

  /** @param cursor see {@link Exchange#trades} */
  Exchange.TradePage trades(Pair pair, String cursor, int limit) throws ExchangeException, InterruptedException;
}
