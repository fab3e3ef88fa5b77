package io.cryptodm.tables.storage;

import java.util.function.Supplier;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.Table;

/** Operations of a table that can keep all other writers of its catalog waiting, so that a writer that has lost races gets its turn. */
public interface CatalogTurn {
  /**
   * Runs an attempt to commit while no other process moves a pointer of the catalog. The turn ends with the first commit, or with the attempt. Where a
   * catalog knows no turns, the attempt runs as any other.
   */
  <T> T inTurn(Supplier<T> attempt);

  /** Runs an attempt to commit to a table in a turn of its catalog. */
  static <T> T of(Table table, Supplier<T> attempt) {
    return table instanceof HasTableOperations its && its.operations() instanceof CatalogTurn turns ? turns.inTurn(attempt) : attempt.get();
  }
}
