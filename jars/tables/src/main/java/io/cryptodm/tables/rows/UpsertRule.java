package io.cryptodm.tables.rows;

import java.io.Serializable;
import java.util.Set;

/**
 * Which of two rows under one key is kept.
 *
 * @param winner which of the two is kept
 * @param rank a column of long integers or instants that orders the rows of a key, by age or by reach; a table may lack it
 * @param ignored columns whose change alone is no change
 */
public record UpsertRule(Winner winner, String rank, Set<String> ignored) implements Serializable {
  /** How a row is compared with the one in the table. */
  public enum Winner {
    /** The row with the highest rank is kept, whatever its values; of equal ranks the first. */
    HIGHEST,
    /** The row with the lowest rank is kept for ever. */
    FIRST,
    /** The row that arrives later is kept. */
    LATEST
  }

  static final String REVISION = "revision";

  /** Bars of a minute, and reports that are revised: the last revision in the topic is kept; an equal repeat changes nothing. */
  public static final UpsertRule QUOTES = new UpsertRule(Winner.HIGHEST, REVISION, Set.of(REVISION, "seen_at"));

  /** Watched minutes: a minute that was watched stays watched, so of one start the farthest end is kept, whichever came last. */
  public static final UpsertRule CLAIMS = new UpsertRule(Winner.HIGHEST, "end_window", Set.of(REVISION, "seen_at"));

  /** Facts that never change, such as trades and bad records. */
  public static final UpsertRule FACTS = new UpsertRule(Winner.FIRST, REVISION, Set.of());

  /** Calculated rows: the later result is kept; an equal one changes nothing. */
  public static final UpsertRule CALCULATED = new UpsertRule(Winner.LATEST, REVISION, Set.of());

  /** Icons: a new address replaces the old one; a new date of the same address does not. */
  public static final UpsertRule ASSETS = new UpsertRule(Winner.LATEST, REVISION, Set.of("load_date"));
}
