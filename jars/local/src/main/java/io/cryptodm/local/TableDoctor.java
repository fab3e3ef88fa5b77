package io.cryptodm.local;

import com.fasterxml.jackson.core.JsonGenerator;
import io.cryptodm.contracts.Arguments;
import io.cryptodm.contracts.Spec;
import io.cryptodm.jobs.LocalCheckpoint;
import io.cryptodm.layers.LakeLayers;
import io.cryptodm.tables.catalog.CatalogPointers;
import io.cryptodm.tables.catalog.DeclaredTables;
import io.cryptodm.tables.catalog.LakeCatalog;
import io.cryptodm.tables.origin.ForeignCommit;
import io.cryptodm.tables.repair.TableDamage;
import io.cryptodm.tables.repair.TableRepair;
import io.cryptodm.tables.repair.TableStates;
import io.cryptodm.tables.rows.UpsertRule;
import io.cryptodm.tables.write.JobTables;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.io.SupportsPrefixOperations;

/**
 * Examines tables of the lake, or repairs them.
 *
 * @param forgetMissing gives up the rows of missing files, and all rows of a table of which no state is left
 * @param setBack sets the pointer of a table that cannot be read back to its newest state that can, and has silver and gold calculated again;
 *     no job may run then
 */
record TableDoctor(Spec spec, Catalog catalog, List<String> tables, boolean forgetMissing, boolean setBack) {

  static TableDoctor of(Spec spec, Catalog catalog, Arguments arguments) {
    List<String> tables =
        arguments.text("tables").map(named -> List.of(named.split(","))).orElseGet(() -> spec.tables().stream().map(Spec.Table::name).toList());
    tables.forEach(spec::table);
    boolean forget = arguments.text("missing").filter("forget"::equals).isPresent();
    return new TableDoctor(spec, catalog, tables, forget, arguments.text("unreadable").filter("set-back"::equals).isPresent());
  }

  String examine() {
    return each(TableRepair::inspect, false);
  }

  String repair() {
    return each(repair -> repair.repair(forgetMissing), setBack);
  }

  /** Notes that what other engines have committed is wanted, in the tables where none of their rows has the key of another row. */
  String accept() {
    return each(TableRepair::accept, false);
  }

  private String each(Function<TableRepair, TableDamage> act, boolean change) {
    try (CatalogPointers pointers = CatalogPointers.of(spec.catalog())) {
      return Functions.json(
          out -> {
            out.writeArrayFieldStart("tables");
            for (String name : tables) {
              Optional<Unreadable> unreadable = unreadable(pointers, name);
              if (unreadable.isPresent()) {
                write(out, name, TableDamage.ofMetadata(unreadable.get().file()), outcome(pointers, unreadable.get(), change));
              } else if (pointers.find(LakeCatalog.identifier(name)).isPresent()) {
                write(out, name, act.apply(new TableRepair(catalog.loadTable(LakeCatalog.identifier(name)), ruleOf(name))), fields -> {});
              }
            }
            out.writeEndArray();
          });
    }
  }

  private static void write(JsonGenerator out, String name, TableDamage damage, Functions.Fields more) throws IOException {
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
    out.writeObjectFieldStart("foreign");
    out.writeArrayFieldStart("commits");
    for (ForeignCommit commit : damage.foreign()) {
      out.writeStartObject();
      out.writeNumberField("commits", commit.commits());
      out.writeNumberField("at", commit.at());
      out.writeStringField("engine", commit.engine());
      out.writeStringField("operation", commit.operation());
      out.writeNumberField("added", commit.added());
      out.writeNumberField("deleted", commit.deleted());
      out.writeEndObject();
    }
    out.writeEndArray();
    out.writeNumberField("rows", damage.foreignRows());
    out.writeNumberField("twice", damage.foreignTwice());
    out.writeEndObject();
    more.write(out);
    out.writeEndObject();
  }

  // ---- Tables whose present state cannot be read ----------------------------------------------------------------------------------

  /**
   * A table whose present state cannot be read.
   *
   * @param pointer metadata file of the state
   * @param file the first one that is broken
   * @param earlier the state to which it can be set back
   */
  private record Unreadable(String table, String pointer, String file, Optional<TableStates.Earlier> earlier) {}

  private Optional<Unreadable> unreadable(CatalogPointers pointers, String name) {
    TableIdentifier identifier = LakeCatalog.identifier(name);
    TableStates states = new TableStates(LakeCatalog.files(spec.catalog()));
    Optional<String> pointer = pointers.find(identifier);
    while (pointer.isPresent()) {
      Optional<String> file = states.unreadable(pointer.get());
      Optional<String> now = pointers.find(identifier);
      // A commit in between may have removed a file of the state that it followed.
      if (file.isEmpty() || now.equals(pointer)) {
        String location = pointer.get();
        return file.map(broken -> new Unreadable(name, location, broken, states.before(location)));
      }
      pointer = now;
    }
    return Optional.empty();
  }

  private Functions.Fields outcome(CatalogPointers pointers, Unreadable table, boolean change) {
    boolean derived = layers().contains(table.table());
    boolean done = change && (derived ? makeLayersAgain(pointers) : table.earlier().isPresent() ? setBack(pointers, table) : makeAgain(pointers, table));
    return out -> {
      out.writeBooleanField("repaired", done);
      out.writeBooleanField("derived", derived);
      if (table.earlier().isPresent()) {
        TableStates.Earlier state = table.earlier().get();
        out.writeObjectFieldStart("earlier");
        out.writeStringField("at", state.at().toString());
        out.writeNumberField("commits", state.commits());
        out.writeEndObject();
      } else {
        out.writeNullField("earlier");
      }
    };
  }

  private boolean setBack(CatalogPointers pointers, Unreadable table) {
    // First: a run that is killed in between has only made the jobs read more than they need.
    readAgain(table.table());
    return pointers.move(LakeCatalog.identifier(table.table()), table.pointer(), table.earlier().orElseThrow().location());
  }

  private boolean makeAgain(CatalogPointers pointers, Unreadable table) {
    if (!forgetMissing) {
      return false;
    }
    readAgain(table.table());
    boolean forgotten = pointers.forget(LakeCatalog.identifier(table.table()), table.pointer());
    if (forgotten) {
      new DeclaredTables(catalog).apply(List.of(spec.table(table.table())));
    }
    return forgotten;
  }

  /** Has the jobs of a table bring again what its commits since then have brought: rows that it holds do not change. */
  private void readAgain(String table) {
    for (Spec.Job job : spec.jobs()) {
      if (JobTables.withBad(job).stream().anyMatch(its -> its.table().equals(table))) {
        new LocalCheckpoint(Path.of(job.checkpoint())).remove();
      }
    }
  }

  private List<String> layers() {
    return spec.jobs().stream().anyMatch(TableDoctor::writesLayers) ? LakeLayers.tables(spec) : List.of();
  }

  private static boolean writesLayers(Spec.Job job) {
    return job.kind() == Spec.Job.Kind.TABLES_TO_LAYERS;
  }

  /** All of them: each follows from the others and from bronze, and what has not changed in one is not written again in the next. */
  private boolean makeLayersAgain(CatalogPointers pointers) {
    spec.jobs().stream().filter(TableDoctor::writesLayers).forEach(job -> LakeLayers.forgetProgress(catalog, job.inputs()));
    SupportsPrefixOperations files = (SupportsPrefixOperations) LakeCatalog.files(spec.catalog());
    for (String layer : layers()) {
      TableIdentifier identifier = LakeCatalog.identifier(layer);
      Optional<String> pointer = pointers.find(identifier);
      if (pointer.isPresent() && pointers.forget(identifier, pointer.get())) {
        String metadata = pointer.get().substring(0, pointer.get().lastIndexOf('/'));
        files.deletePrefix(metadata.substring(0, metadata.lastIndexOf('/') + 1));
      }
    }
    new DeclaredTables(catalog).apply(layers().stream().map(spec::table).toList());
    return true;
  }

  /** The rule of the table's writer; what no job writes from a topic is revised. */
  private UpsertRule ruleOf(String table) {
    return spec.jobs().stream()
        .flatMap(job -> JobTables.withBad(job).stream())
        .filter(its -> its.table().equals(table))
        .map(JobTables.Ruled::rule)
        .findFirst()
        .orElse(UpsertRule.QUOTES);
  }
}
