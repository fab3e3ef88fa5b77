package io.cryptodm.optimize;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What an optimisation was asked to do.
 *
 * @param tables names of the tables, all of the spec when empty
 * @param retain snapshots that are younger stay
 * @param orphansOlderThan files that no snapshot names and that are older go
 * @param targetFileSize bytes of a data file
 */
record OptimizeOptions(Path spec, List<String> tables, Duration retain, Duration orphansOlderThan, long targetFileSize) {
  static final String USAGE =
      "Usage: IcebergOptimize --spec FILE [--table TABLE]... [--retain SECONDS] [--orphans-older-than SECONDS]"
          + " [--target-file-size BYTES]";

  /** A reader pins the pointer of a table and may still open the files of a snapshot that was just expired. */
  private static final Duration LEAST_RETAIN = Duration.ofMinutes(10);

  /** Iceberg's procedure refuses less: a younger file may belong to a commit that is under way. */
  private static final Duration LEAST_ORPHAN_AGE = Duration.ofHours(24).plusMinutes(1);

  /** @throws IllegalArgumentException that says what is wrong with the command line */
  static OptimizeOptions parse(String[] args) {
    Path spec = null;
    List<String> tables = new ArrayList<>();
    Duration retain = Duration.ofDays(5);
    Duration orphans = Duration.ofDays(3);
    long size = 128L << 20;
    for (int i = 0; i < args.length; i += 2) {
      if (i + 1 == args.length) {
        throw new IllegalArgumentException("Option " + args[i] + " needs a value. " + USAGE);
      }
      String value = args[i + 1];
      switch (args[i]) {
        case "--spec" -> spec = Path.of(value);
        case "--table" -> tables.add(value);
        case "--retain" -> retain = Duration.ofSeconds(number(args[i], value));
        case "--orphans-older-than" -> orphans = Duration.ofSeconds(number(args[i], value));
        case "--target-file-size" -> size = number(args[i], value);
        default -> throw new IllegalArgumentException("Unknown option " + args[i] + ". " + USAGE);
      }
    }
    if (spec == null) {
      throw new IllegalArgumentException("Option --spec FILE is missing. " + USAGE);
    }
    return new OptimizeOptions(spec, List.copyOf(tables), longer(retain, LEAST_RETAIN), longer(orphans, LEAST_ORPHAN_AGE), size);
  }

  private static long number(String option, String value) {
    try {
      long parsed = Long.parseLong(value);
      if (parsed >= 0) {
        return parsed;
      }
    } catch (NumberFormatException e) {
      // Said below, together with the negative ones.
    }
    throw new IllegalArgumentException(option + " must be a whole number of 0 or more, not " + value);
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) >= 0 ? one : other;
  }
}
