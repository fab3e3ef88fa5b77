package io.cryptodm.contracts;

/** What a record of the topic of market trades holds: a trade of an exchange, or what the producer reports about them. */
public sealed interface MarketRecord permits MarketTrade, TradeHole, TradeWatch, CandleDifference {
  /** What it is about; key of the record. */
  Pair pair();
}
