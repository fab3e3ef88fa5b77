package io.cryptodm.tables.rows;

import java.util.Set;

/**
 * Which of two rows under one key stands.
 *
 * @param winner how the later row is judged
 * @param rank a column of long integers or instants by which rows of a key are told apart in age or reach; a table may be without it
 * @param unjudged columns whose change alone is no change
 */
public record UpsertRule(Winner winner, String rank, Set<String> unjudged) {
  /** How a row is judged against the one that stands. */
  public enum Winner {
    /** The one of the highest rank stands, whatever its values; of equal ones the first. */
    HIGHEST,
    /** The one of the lowest rank stands for ever. */
    FIRST,
    /** The later one in the order of arrival stands. */
    LATEST
  }

  static final String REVISION = "revision";

  /** Bars of a minute: the last revision of the topic's log stands; an equal repeat changes nothing. */
  public static final UpsertRule QUOTES = new UpsertRule(Winner.HIGHEST, REVISION, Set.of(REVISION, "seen_at"));

  /** Watched minutes: what was claimed once stays claimed, so that of one start the farthest end stands, whichever came last. */
  public static final UpsertRule CLAIMS = new UpsertRule(Winner.HIGHEST, "end_window", Set.of(REVISION, "seen_at"));

  /** Facts that never change, such as trades and bad records. */
  public static final UpsertRule FACTS = new UpsertRule(Winner.FIRST, REVISION, Set.of());

  /** What is calculated anew: the later result stands; an equal one changes nothing. */
  public static final UpsertRule CALCULATED = new UpsertRule(Winner.LATEST, REVISION, Set.of());

  /** Icons: a new address replaces; a new date of the same address does not. */
  public static final UpsertRule ASSETS = new UpsertRule(Winner.LATEST, REVISION, Set.of("load_date"));
}
