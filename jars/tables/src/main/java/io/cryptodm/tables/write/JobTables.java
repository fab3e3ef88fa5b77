package io.cryptodm.tables.write;

import io.cryptodm.contracts.Spec;
import io.cryptodm.tables.rows.UpsertRule;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The tables that the stream jobs of a lake write, each with its rule. */
public final class JobTables {
  private JobTables() {}

  /** A table and the rule by which of two rows under one key one is kept. */
  public record Ruled(String table, UpsertRule rule) {}

  /**
   * The tables of a job beside that of bad records, in the order in which it commits: first the one that it is named after, because a reader must not see
   * a minute as watched before its bar, or a hole as closed before its trades.
   */
  public static List<Ruled> of(Spec.Job job) {
    List<Ruled> tables = new ArrayList<>();
    if (job.table() != null) {
      boolean facts = job.kind() == Spec.Job.Kind.TRADES_TO_TABLE || job.kind() == Spec.Job.Kind.MARKET_TO_TABLE;
      tables.add(new Ruled(job.table(), facts ? UpsertRule.FACTS : UpsertRule.QUOTES));
    }
    if (job.coverageTable() != null) {
      tables.add(new Ruled(job.coverageTable(), UpsertRule.CLAIMS));
    }
    Stream.of(job.holeTable(), job.candleTable()).filter(table -> table != null).forEach(table -> tables.add(new Ruled(table, UpsertRule.QUOTES)));
    return tables;
  }

  /** All of them, with that of bad records. */
  public static List<Ruled> withBad(Spec.Job job) {
    List<Ruled> tables = new ArrayList<>(of(job));
    if (job.badTable() != null) {
      tables.add(new Ruled(job.badTable(), UpsertRule.FACTS));
    }
    return tables;
  }
}
