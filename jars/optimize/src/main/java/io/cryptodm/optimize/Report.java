package io.cryptodm.optimize;

import java.io.PrintStream;

/** Reports the progress of a maintenance run as one JSON object per line. */
final class Report {
  private final PrintStream out;

  Report(PrintStream out) {
    this.out = out;
  }

  /** A phase of a table begins. */
  void phase(String table, String phase) {
    say("{\"event\":\"phase\",\"table\":\"%s\",\"phase\":\"%s\"}".formatted(table, phase));
  }

  /** A phase lost every race against a writer and is left for the next run. */
  void left(String table, String phase) {
    say("{\"event\":\"left\",\"table\":\"%s\",\"phase\":\"%s\"}".formatted(table, phase));
  }

  /** Data files of a table stay as they are, because other engines have committed to them and nobody has dealt with that. */
  void foreign(String table, long commits, long files) {
    say("{\"event\":\"foreign\",\"table\":\"%s\",\"commits\":%d,\"files\":%d}".formatted(table, commits, files));
  }

  /** The orphan files of a killed run were removed. */
  void swept(long files, long bytes) {
    say("{\"event\":\"swept\",\"files\":%d,\"bytes\":%d}".formatted(files, bytes));
  }

  /** Another run is active. @param holder a JSON object */
  void busy(String holder) {
    say("{\"event\":\"busy\",\"holder\":%s}".formatted(holder));
  }

  void say(String line) {
    out.println(line);
    out.flush();
  }
}
