package io.cryptodm.functions;

import io.cryptodm.contracts.Spec;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;

/** The golden spec of a lake in an account, and tables that differ from it. */
final class AccountSpec {
  static final String QUOTES = "crypto_db.crypto_quote";
  static final Spec GOLDEN = Spec.read(Path.of("../../test/fixtures/spec/lake-aws.json"));

  private AccountSpec() {}

  /** The golden spec with another table of quotes. */
  static Spec withQuotes(UnaryOperator<Spec.Table> change) {
    List<Spec.Table> tables = GOLDEN.tables().stream().map(table -> table.name().equals(QUOTES) ? change.apply(table) : table).toList();
    return new Spec(
        GOLDEN.version(), GOLDEN.lake(), GOLDEN.kafka(), GOLDEN.topics(), GOLDEN.catalog(), tables, GOLDEN.views(), GOLDEN.search(), GOLDEN.coins(),
        GOLDEN.renamed(), GOLDEN.producers(), GOLDEN.jobs());
  }

  static Spec.Table withColumns(Spec.Table table, List<Spec.Column> columns) {
    return new Spec.Table(table.name(), columns, table.identifier(), table.partition(), table.sort(), table.properties());
  }
}
