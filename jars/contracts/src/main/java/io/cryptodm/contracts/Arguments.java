package io.cryptodm.contracts;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The arguments of a command: {@code --name value}, {@code --name=value}, flags and words. The one parser of every main of ours; a library for this
 * would cost more than the rest of a short command (decision 27).
 */
public final class Arguments {
  private final Map<String, List<String>> values;
  private final Set<String> flags;
  private final List<String> words;
  private final boolean help;

  private Arguments(Map<String, List<String>> values, Set<String> flags, List<String> words, boolean help) {
    this.values = values;
    this.flags = flags;
    this.words = words;
    this.help = help;
  }

  /** @throws UsageException naming the argument that is wrong and what is allowed */
  public static Arguments parse(String[] args, Options options) {
    Map<String, List<String>> values = new LinkedHashMap<>();
    Set<String> flags = new HashSet<>();
    List<String> words = new ArrayList<>();
    for (int i = 0; i < args.length; i++) {
      String arg = args[i];
      if (options.help() && (arg.equals("--help") || arg.equals("-h"))) {
        return new Arguments(Map.of(), Set.of(), List.of(), true);
      }
      if (!arg.startsWith("--")) {
        if (!options.words()) {
          throw new UsageException("unexpected argument '" + arg + "'; allowed: " + options.listed());
        }
        words.add(arg);
        continue;
      }
      int equals = arg.indexOf('=');
      String name = equals < 0 ? arg.substring(2) : arg.substring(2, equals);
      if (options.flags().contains(name) && equals < 0) {
        flags.add(name);
        continue;
      }
      if (!options.takesValue(name)) {
        throw new UsageException("unknown option '--" + name + "'; allowed: " + options.listed());
      }
      if (equals < 0 && (i + 1 == args.length || args[i + 1].startsWith("--"))) {
        throw new UsageException("--" + name + " needs a value");
      }
      String value = equals < 0 ? args[++i] : arg.substring(equals + 1);
      if (value.isBlank()) {
        throw new UsageException("--" + name + " needs a value");
      }
      List<String> given = values.computeIfAbsent(name, its -> new ArrayList<>());
      if (!given.isEmpty() && !options.repeated().contains(name)) {
        throw new UsageException("--" + name + " is given twice");
      }
      given.add(value);
    }
    return new Arguments(values, flags, words, false);
  }

  /** Whether help was asked for; then nothing else is read. */
  public boolean help() {
    return help;
  }

  /** The words between the options, in their order. */
  public List<String> words() {
    return words;
  }

  /** Whether a flag is given. */
  public boolean has(String flag) {
    return flags.contains(flag);
  }

  public Optional<String> text(String name) {
    return Optional.ofNullable(value(name));
  }

  /** All values of an option that may be repeated. */
  public List<String> all(String name) {
    return List.copyOf(values.getOrDefault(name, List.of()));
  }

  private String value(String name) {
    return values.containsKey(name) ? values.get(name).get(0) : null;
  }

  public String required(String name) {
    return text(name).orElseThrow(() -> new UsageException("--" + name + " is missing"));
  }

  public Optional<Path> path(String name) {
    try {
      return text(name).map(Path::of);
    } catch (InvalidPathException e) {
      throw new UsageException("--" + name + " must be a path but is '" + value(name) + "'");
    }
  }

  /** A number above 0. */
  public OptionalDouble positive(String name) {
    OptionalDouble number = number(name);
    if (number.isPresent() && number.getAsDouble() <= 0) {
      throw new UsageException("--" + name + " must be above 0 but is " + value(name));
    }
    return number;
  }

  /** A number from 0 on. */
  public OptionalDouble notNegative(String name) {
    OptionalDouble number = number(name);
    if (number.isPresent() && number.getAsDouble() < 0) {
      throw new UsageException("--" + name + " must not be below 0 but is " + value(name));
    }
    return number;
  }

  private OptionalDouble number(String name) {
    String value = value(name);
    if (value == null) {
      return OptionalDouble.empty();
    }
    try {
      double number = Double.parseDouble(value);
      if (Double.isFinite(number)) {
        return OptionalDouble.of(number);
      }
    } catch (NumberFormatException e) {
      // Reported below, as for NaN and the infinities.
    }
    throw new UsageException("--" + name + " must be a number but is '" + value + "'");
  }

  /** A whole number of at least {@code least}. */
  public OptionalLong whole(String name, long least) {
    String value = value(name);
    if (value == null) {
      return OptionalLong.empty();
    }
    long number;
    try {
      number = Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw new UsageException("--" + name + " must be a whole number but is '" + value + "'");
    }
    if (number < least) {
      throw new UsageException("--" + name + " must be at least " + least + " but is " + value);
    }
    return OptionalLong.of(number);
  }

  /** A time with its zone, such as {@code 2025-07-08T05:43:00Z}. */
  public Optional<Instant> instant(String name) {
    try {
      return text(name).map(text -> OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeException e) {
      throw new UsageException("--" + name + " must be a time such as 2025-07-08T05:43:00Z but is '" + value(name) + "'");
    }
  }

  /** A list of pairs in any case, comma-separated, each once. */
  public Optional<List<Pair>> pairs(String name) {
    String value = value(name);
    if (value == null) {
      return Optional.empty();
    }
    List<Pair> pairs = new ArrayList<>();
    for (String part : value.split(",", -1)) {
      try {
        Pair pair = Pair.parse(part.strip().toUpperCase(Locale.ROOT));
        if (!pairs.contains(pair)) {
          pairs.add(pair);
        }
      } catch (IllegalArgumentException e) {
        throw new UsageException("--" + name + ": " + e.getMessage());
      }
    }
    return Optional.of(pairs);
  }

  /** The spec's coins, or those of them that {@code --coins} names. */
  public List<Spec.Coin> coins(Spec spec) {
    List<Pair> wanted = pairs("coins").orElse(null);
    if (wanted == null) {
      if (spec.coins().isEmpty()) {
        throw new UsageException("the spec has no coins");
      }
      return spec.coins();
    }
    List<Spec.Coin> coins = new ArrayList<>();
    for (Pair pair : wanted) {
      coins.add(
          spec.coins().stream()
              .filter(coin -> coin.pair().equals(pair))
              .findFirst()
              .orElseThrow(() -> new UsageException("--coins: " + pair + " is unknown; the spec has " + known(spec))));
    }
    return coins;
  }

  private static String known(Spec spec) {
    List<String> names = spec.coins().stream().map(coin -> coin.pair().toString()).toList();
    return names.size() <= 10 ? String.join(", ", names) : String.join(", ", names.subList(0, 10)) + ", ... (" + names.size() + ")";
  }
}
