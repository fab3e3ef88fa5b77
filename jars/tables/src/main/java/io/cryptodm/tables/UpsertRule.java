package io.cryptodm.tables;

import java.util.Set;

/**
 * Which of two rows under one key stands.
 *
 * @param winner how the later row is judged
 * @param unjudged columns whose change alone is no change
 */
public record UpsertRule(Winner winner, Set<String> unjudged) {
  /** How a row is judged against the one that stands. */
  public enum Winner {
    /** The higher {@code revision} stands, whatever its values. */
    NEWEST,
    /** The first one stands for ever. */
    FIRST,
    /** The later one in the order of arrival stands. */
    LATEST
  }

  /** Bars of a minute: the last revision of the topic's log stands; an equal repeat changes nothing. */
  public static final UpsertRule QUOTES = new UpsertRule(Winner.NEWEST, Set.of("revision", "seen_at"));

  /** Facts that never change, such as trades and bad records. */
  public static final UpsertRule FACTS = new UpsertRule(Winner.FIRST, Set.of());

  /** What is calculated anew: the later result stands; an equal one changes nothing. */
  public static final UpsertRule CALCULATED = new UpsertRule(Winner.LATEST, Set.of());

  /** Icons: a new address replaces; a new date of the same address does not. */
  public static final UpsertRule ASSETS = new UpsertRule(Winner.LATEST, Set.of("load_date"));
}
