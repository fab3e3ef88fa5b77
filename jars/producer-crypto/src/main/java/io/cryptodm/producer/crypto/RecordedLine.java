package io.cryptodm.producer.crypto;

import io.cryptodm.contracts.BarReading;
import java.util.List;

/**
 * A line of a recording.
 *
 * @param number of the line, from 1
 * @param bars the bars of it that are taken
 * @param fault what is wrong with it; null for nothing
 * @param isRefused true if it, or a bar of it, is not taken; else the fault is corrected
 */
record RecordedLine(long number, List<BarReading> bars, String fault, boolean isRefused) {
  static RecordedLine refused(long number, String fault) {
    return new RecordedLine(number, List.of(), fault, true);
  }
}
