package io.cryptodm.contracts;

import java.util.List;

/**
 * What a record of the quotes topic held.
 *
 * @param bars right ones, in the order of the record
 * @param coverage what the producer says about the minutes that it watched, or null
 * @param faults one reason for each part that is not right; empty when all was
 */
public record QuoteRecord(List<QuoteBar> bars, Coverage coverage, List<String> faults) {
  static QuoteRecord fault(String reason) {
    return new QuoteRecord(List.of(), null, List.of(reason));
  }
}
