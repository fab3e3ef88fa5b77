package io.cryptodm.optimize;

import io.cryptodm.contracts.Arguments;
import io.cryptodm.contracts.Options;
import io.cryptodm.contracts.UsageException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

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
record MaintenanceOptions(
    String spec, List<String> tables, Optional<Duration> retain, Duration orphansOlderThan, Optional<Long> targetFileSize, boolean dryRun,
    Optional<Path> lock, boolean attended) {
  /** Nothing younger is removed: a reader may use a snapshot that is no longer the newest, and a writer may not have committed its files yet. */
  static final Duration UNTOUCHED = Duration.ofMinutes(10);

  private static final Duration DEFAULT_ORPHAN_AGE = Duration.ofDays(3);

  private static final Options OPTIONS =
      Options.of("spec", "retain", "orphans-older-than", "target-file-size", "lock").andRepeated("table").andFlags("dry-run", "attended");

  /** @throws UsageException naming the option that is wrong */
  static MaintenanceOptions parse(String[] args) {
    Arguments arguments = Arguments.parse(args, OPTIONS);
    return new MaintenanceOptions(
        arguments.required("spec"),
        arguments.all("table"),
        number(arguments, "retain").map(Duration::ofSeconds),
        number(arguments, "orphans-older-than").map(Duration::ofSeconds).orElse(DEFAULT_ORPHAN_AGE),
        number(arguments, "target-file-size"),
        arguments.has("dry-run"),
        arguments.path("lock"),
        arguments.has("attended"));
  }

  private static Optional<Long> number(Arguments arguments, String name) {
    OptionalLong number = arguments.whole(name, 0);
    return number.isPresent() ? Optional.of(number.getAsLong()) : Optional.empty();
  }
}
