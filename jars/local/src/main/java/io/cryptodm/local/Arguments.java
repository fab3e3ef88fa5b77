package io.cryptodm.local;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A command line of the form {@code --spec FILE verb --option VALUE}. */
record Arguments(List<String> words, Map<String, String> options) {

  /** @throws IllegalArgumentException for an option that is not allowed or has no value */
  static Arguments parse(String[] args, List<String> allowed) {
    List<String> words = new ArrayList<>();
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i < args.length; i++) {
      if (!args[i].startsWith("--")) {
        words.add(args[i]);
        continue;
      }
      if (!allowed.contains(args[i])) {
        throw new IllegalArgumentException("Unknown option " + args[i] + "; allowed: " + String.join(", ", allowed));
      }
      if (i + 1 == args.length) {
        throw new IllegalArgumentException("Option " + args[i] + " needs a value");
      }
      options.put(args[i], args[++i]);
    }
    return new Arguments(words, options);
  }

  /** The spec file, which every main needs. */
  Path spec() {
    return path("--spec").orElseThrow(() -> new IllegalArgumentException("Option --spec FILE is missing"));
  }

  Optional<Path> path(String option) {
    return text(option).map(Path::of);
  }

  Optional<String> text(String option) {
    return Optional.ofNullable(options.get(option));
  }
}
