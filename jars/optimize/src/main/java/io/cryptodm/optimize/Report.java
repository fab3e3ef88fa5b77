package io.cryptodm.optimize;

import java.io.PrintStream;

/** What the upkeep tells of itself: one JSON object a line. */
final class Report {
  private final PrintStream out;

  Report(PrintStream out) {
    this.out = out;
  }

  /** A phase of a table begins. */
  void phase(String table, String phase) {
    say("{\"event\":\"phase\",\"table\":\"%s\",\"phase\":\"%s\"}".formatted(table, phase));
  }

  /** A phase met a writer each time and is left for the next upkeep. */
  void left(String table, String phase) {
    say("{\"event\":\"left\",\"table\":\"%s\",\"phase\":\"%s\"}".formatted(table, phase));
  }

  /** What a killed run had left was cleared away. */
  void swept(long files, long bytes) {
    say("{\"event\":\"swept\",\"files\":%d,\"bytes\":%d}".formatted(files, bytes));
  }

  /** Another upkeep is at work. @param holder a JSON object */
  void busy(String holder) {
    say("{\"event\":\"busy\",\"holder\":%s}".formatted(holder));
  }

  void say(String line) {
    out.println(line);
    out.flush();
  }
}
