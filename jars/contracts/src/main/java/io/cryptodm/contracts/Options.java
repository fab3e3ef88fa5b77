package io.cryptodm.contracts;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The options that a command takes, by their names without dashes.
 *
 * @param single those with a value, given at most once
 * @param repeated those with a value, given any number of times
 * @param flags those without a value
 * @param words whether words such as a verb are allowed, too
 * @param help whether there is a {@code --help}
 */
public record Options(Set<String> single, Set<String> repeated, Set<String> flags, boolean words, boolean help) {

  /** Options with a value, given at most once. */
  public static Options of(String... names) {
    return new Options(Set.of(names), Set.of(), Set.of(), false, false);
  }

  public Options andRepeated(String... names) {
    return new Options(single, Set.of(names), flags, words, help);
  }

  public Options andFlags(String... names) {
    return new Options(single, repeated, Set.of(names), words, help);
  }

  public Options andWords() {
    return new Options(single, repeated, flags, true, help);
  }

  public Options andHelp() {
    return new Options(single, repeated, flags, words, true);
  }

  boolean takesValue(String name) {
    return single.contains(name) || repeated.contains(name);
  }

  /** All names with their dashes, in alphabetical order. */
  String listed() {
    Set<String> names = new TreeSet<>(single);
    names.addAll(repeated);
    names.addAll(flags);
    return names.stream().map(name -> "--" + name).collect(Collectors.joining(", "));
  }
}
