package io.cryptodm.contracts;

/**
 * A record of the topic of market trades as it was read.
 *
 * @param record null when it is malformed
 * @param fault the reason then, else null
 */
public record MarketReading(MarketRecord record, String fault) {}
