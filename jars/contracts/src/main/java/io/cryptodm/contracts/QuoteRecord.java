package io.cryptodm.contracts;

import java.util.List;

/**
 * What a record of the quotes topic holds.
 *
 * @param bars the valid ones, in the order of the record
 * @param coverage what the producer reports about the minutes that it watched, or null
 * @param faults one reason for each invalid part; empty when everything is valid
 */
public record QuoteRecord(List<QuoteBar> bars, Coverage coverage, List<String> faults) {
  static QuoteRecord fault(String reason) {
    return new QuoteRecord(List.of(), null, List.of(reason));
  }
}
