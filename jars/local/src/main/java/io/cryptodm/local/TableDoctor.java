package io.cryptodm.local;

import io.cryptodm.contracts.Arguments;
import io.cryptodm.contracts.Spec;
import io.cryptodm.tables.catalog.LakeCatalog;
import io.cryptodm.tables.repair.TableDamage;
import io.cryptodm.tables.repair.TableRepair;
import io.cryptodm.tables.rows.UpsertRule;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.apache.iceberg.catalog.Catalog;

/** Examines tables of the lake, or repairs them. */
record TableDoctor(Spec spec, Catalog catalog, List<String> tables, boolean forgetMissing) {

  static TableDoctor of(Spec spec, Catalog catalog, Arguments arguments) {
    List<String> tables =
        arguments.text("tables").map(named -> List.of(named.split(","))).orElseGet(() -> spec.tables().stream().map(Spec.Table::name).toList());
    tables.forEach(spec::table);
    return new TableDoctor(spec, catalog, tables, arguments.text("missing").filter("forget"::equals).isPresent());
  }

  String examine() {
    return each(TableRepair::inspect);
  }

  String repair() {
    return each(repair -> repair.repair(forgetMissing));
  }

  private String each(Function<TableRepair, TableDamage> act) {
    return Functions.json(
        out -> {
          out.writeArrayFieldStart("tables");
          for (String name : tables) {
            if (!catalog.tableExists(LakeCatalog.identifier(name))) {
              continue;
            }
            TableDamage damage = act.apply(new TableRepair(catalog.loadTable(LakeCatalog.identifier(name)), ruleOf(name)));
            out.writeStartObject();
            out.writeStringField("name", name);
            out.writeNumberField("rows", damage.rows());
            out.writeArrayFieldStart("findings");
            for (TableDamage.Finding finding : damage.findings()) {
              out.writeStartObject();
              out.writeStringField("kind", finding.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'));
              out.writeNumberField("count", finding.count());
              out.writeStringField("example", finding.example());
              out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
          }
          out.writeEndArray();
        });
  }

  /** The rule of the table's writer: of trades and bad records the first row stays, of coverage the farthest, of all else the newest. */
  private UpsertRule ruleOf(String table) {
    boolean facts =
        spec.jobs().stream()
            .anyMatch(job -> job.kind() == Spec.Job.Kind.TRADES_TO_TABLE && table.equals(job.table()) || table.equals(job.badTable()));
    if (facts) {
      return UpsertRule.FACTS;
    }
    return spec.jobs().stream().anyMatch(job -> table.equals(job.coverageTable())) ? UpsertRule.CLAIMS : UpsertRule.QUOTES;
  }
}
