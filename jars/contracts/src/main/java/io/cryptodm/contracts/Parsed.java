package io.cryptodm.contracts;

import java.util.List;

/**
 * What a record held: the events that are right, and one reason for each part that is not.
 *
 * @param events right ones, in the order of the record
 * @param faults reasons for people; empty when all was right
 */
public record Parsed<T>(List<T> events, List<String> faults) {
  static <T> Parsed<T> fault(String reason) {
    return new Parsed<>(List.of(), List.of(reason));
  }
}
