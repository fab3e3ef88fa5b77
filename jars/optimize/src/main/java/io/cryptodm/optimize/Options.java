package io.cryptodm.optimize;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The command line of the maintenance.
 *
 * @param spec path or URI
 * @param tables full names; empty means all of the spec
 * @param retain younger snapshots stay; without it the table's own property decides
 * @param orphansOlderThan orphan files that are older are removed
 * @param targetFileSize bytes; without it the table's own property decides
 * @param dryRun reports what would be done and changes nothing
 * @param lock file that one run at a time holds; without it the caller makes sure that there is one run at a time
 * @param attended the run ends with the process that started it
 */
record Options(
    String spec, List<String> tables, Optional<Duration> retain, Duration orphansOlderThan, Optional<Long> targetFileSize, boolean dryRun,
    Optional<Path> lock, boolean attended) {
  /** Nothing younger is removed: a reader may use a snapshot that is no longer the newest, and a writer may not have committed its files yet. */
  static final Duration UNTOUCHED = Duration.ofMinutes(10);

  private static final Duration DEFAULT_ORPHAN_AGE = Duration.ofDays(3);

  /** @throws IllegalArgumentException naming the option that is wrong */
  static Options parse(String[] args) {
    String spec = null;
    List<String> tables = new ArrayList<>();
    Optional<Duration> retain = Optional.empty();
    Duration orphans = DEFAULT_ORPHAN_AGE;
    Optional<Long> size = Optional.empty();
    boolean dryRun = false;
    Optional<Path> lock = Optional.empty();
    boolean attended = false;
    for (int i = 0; i < args.length; i += 2) {
      String option = args[i];
      if (option.equals("--dry-run") || option.equals("--attended")) {
        dryRun |= option.equals("--dry-run");
        attended |= option.equals("--attended");
        i--;
        continue;
      }
      if (i + 1 == args.length) {
        throw new IllegalArgumentException("Option " + option + " needs a value");
      }
      String value = args[i + 1];
      switch (option) {
        case "--spec" -> spec = value;
        case "--table" -> tables.add(value);
        case "--retain" -> retain = Optional.of(Duration.ofSeconds(number(option, value)));
        case "--orphans-older-than" -> orphans = Duration.ofSeconds(number(option, value));
        case "--target-file-size" -> size = Optional.of(number(option, value));
        case "--lock" -> lock = Optional.of(Path.of(value));
        default -> throw new IllegalArgumentException(
            "Unknown option " + option
                + "; allowed: --spec, --table, --retain, --orphans-older-than, --target-file-size, --dry-run, --lock, --attended");
      }
    }
    if (spec == null) {
      throw new IllegalArgumentException("Option --spec is missing: the spec's path or URI");
    }
    return new Options(spec, List.copyOf(tables), retain, orphans, size, dryRun, lock, attended);
  }

  private static long number(String option, String value) {
    try {
      long number = Long.parseLong(value);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below.
    }
    throw new IllegalArgumentException("Option " + option + " needs a whole number from 0 on but has " + value);
  }
}
