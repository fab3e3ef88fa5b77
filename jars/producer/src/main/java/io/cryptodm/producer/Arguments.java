package io.cryptodm.producer;

import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.Spec;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/** The arguments of a command: {@code --name value} or {@code --name=value}. Every fault is a {@link UsageException} naming the option. */
public final class Arguments {
  private final Map<String, String> values;
  private final boolean help;

  private Arguments(Map<String, String> values, boolean help) {
    this.values = values;
    this.help = help;
  }

  /** Reads {@code args}; {@code allowed} holds the names of the options, without dashes. */
  public static Arguments parse(String[] args, Set<String> allowed) {
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < args.length; i++) {
      String arg = args[i];
      if (arg.equals("--help") || arg.equals("-h")) {
        return new Arguments(Map.of(), true);
      }
      if (!arg.startsWith("--")) {
        throw new UsageException("unexpected argument '" + arg + "'; see --help");
      }
      int equals = arg.indexOf('=');
      String name = equals < 0 ? arg.substring(2) : arg.substring(2, equals);
      if (!allowed.contains(name)) {
        throw new UsageException("unknown option '--" + name + "'; see --help");
      }
      if (equals < 0 && (i + 1 == args.length || args[i + 1].startsWith("--"))) {
        throw new UsageException("--" + name + " needs a value");
      }
      String value = equals < 0 ? args[++i] : arg.substring(equals + 1);
      if (value.isBlank()) {
        throw new UsageException("--" + name + " needs a value");
      }
      if (values.put(name, value) != null) {
        throw new UsageException("--" + name + " stands twice");
      }
    }
    return new Arguments(values, false);
  }

  /** Whether help was asked for; then nothing else is read. */
  public boolean help() {
    return help;
  }

  public Optional<String> text(String name) {
    return Optional.ofNullable(values.get(name));
  }

  public String required(String name) {
    return text(name).orElseThrow(() -> new UsageException("--" + name + " is missing; see --help"));
  }

  public Optional<Path> path(String name) {
    try {
      return text(name).map(Path::of);
    } catch (InvalidPathException e) {
      throw new UsageException("--" + name + " must be a path but is '" + values.get(name) + "'");
    }
  }

  /** A number above 0. */
  public OptionalDouble positive(String name) {
    OptionalDouble number = number(name);
    if (number.isPresent() && number.getAsDouble() <= 0) {
      throw new UsageException("--" + name + " must be above 0 but is " + values.get(name));
    }
    return number;
  }

  /** A number from 0 on. */
  public OptionalDouble notNegative(String name) {
    OptionalDouble number = number(name);
    if (number.isPresent() && number.getAsDouble() < 0) {
      throw new UsageException("--" + name + " must not be below 0 but is " + values.get(name));
    }
    return number;
  }

  private OptionalDouble number(String name) {
    String value = values.get(name);
    if (value == null) {
      return OptionalDouble.empty();
    }
    try {
      double number = Double.parseDouble(value);
      if (Double.isFinite(number)) {
        return OptionalDouble.of(number);
      }
    } catch (NumberFormatException e) {
      // Falls through to the one message for all that is no number.
    }
    throw new UsageException("--" + name + " must be a number but is '" + value + "'");
  }

  /** A whole number of at least {@code least}. */
  public OptionalLong whole(String name, long least) {
    String value = values.get(name);
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
      throw new UsageException("--" + name + " must be a time such as 2025-07-08T05:43:00Z but is '" + values.get(name) + "'");
    }
  }

  /** A list of pairs, comma-separated, each once. */
  public Optional<List<Pair>> pairs(String name) {
    String value = values.get(name);
    if (value == null) {
      return Optional.empty();
    }
    List<Pair> pairs = new ArrayList<>();
    for (String part : value.split(",", -1)) {
      try {
        Pair pair = Pair.parse(part.strip());
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
