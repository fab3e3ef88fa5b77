package io.cryptodm.contracts;

import java.util.List;

/**
 * What a record holds: the valid events, and one reason for each invalid part.
 *
 * @param events the valid ones, in the order of the record
 * @param faults reasons as text; empty when everything is valid
 */
public record Parsed<T>(List<T> events, List<String> faults) {
  static <T> Parsed<T> fault(String reason) {
    return new Parsed<>(List.of(), List.of(reason));
  }
}
