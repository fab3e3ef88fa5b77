package io.cryptodm.local;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.cryptodm.contracts.Arguments;
import io.cryptodm.contracts.Options;
import io.cryptodm.contracts.Spec;
import io.cryptodm.contracts.SpecException;
import io.cryptodm.tables.catalog.DeclaredTables;
import io.cryptodm.tables.catalog.LakeCatalog;
import io.cryptodm.tables.catalog.RefusedEvolution;
import io.cryptodm.tables.catalog.TableChange;
import java.io.Closeable;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.apache.iceberg.catalog.Catalog;

/**
 * On this machine and without Spark, what the Lambda functions do in an account, and checks of the tables:
 * {@code --spec F create-tables [--new-icons JSON] | update-assets [--icons FILE] | examine-tables [--tables A,B] | accept-tables [--tables A,B] | repair-tables [--tables A,B]
 * [--missing keep|forget] [--unreadable keep|set-back]}. One JSON object goes to stdout. Exit codes: 0 done, 2 bad arguments, spec or
 * refused evolution, 1 anything else.
 */
public final class Functions {
  private static final String USAGE = "Usage: Functions --spec FILE create-tables [--new-icons JSON] | update-assets [--icons FILE] | examine-tables [--tables A,B] | accept-tables [--tables A,B] | "
          + "repair-tables [--tables A,B] [--missing keep|forget] [--unreadable keep|set-back]";

  private static final Options OPTIONS = Options.of("spec", "icons", "new-icons", "tables", "missing", "unreadable").andWords();

  private Functions() {}

  public static void main(String[] args) {
    System.exit(run(args));
  }

  private static int run(String[] args) {
    try {
      Arguments arguments = Arguments.parse(args, OPTIONS);
      if (arguments.words().size() != 1) {
        throw new IllegalArgumentException(USAGE);
      }
      Spec spec = Spec.read(Path.of(arguments.required("spec")));
      System.out.println(perform(arguments.words().get(0), spec, arguments));
      return 0;
    } catch (RefusedEvolution e) {
      System.out.println(refusal(e));
      System.err.println(e.getMessage());
      return 2;
    } catch (IllegalArgumentException | SpecException e) {
      System.err.println(e.getMessage());
      return 2;
    } catch (Exception e) {
      e.printStackTrace();
      return 1;
    }
  }

  private static String perform(String function, Spec spec, Arguments arguments) throws IOException {
    Catalog catalog = LakeCatalog.open(spec.catalog());
    try {
      return switch (function) {
        case "create-tables" -> changes(create(catalog, spec, arguments));
        case "update-assets" -> AssetIcons.refresh(catalog, arguments.path("icons"), Clock.systemUTC()).toJson();
        case "examine-tables" -> TableDoctor.of(spec, catalog, arguments).examine();
        case "accept-tables" -> TableDoctor.of(spec, catalog, arguments).accept();
        case "repair-tables" -> TableDoctor.of(spec, catalog, arguments).repair();
        default -> throw new IllegalArgumentException("Unknown function " + function + ". " + USAGE);
      };
    } finally {
      if (catalog instanceof Closeable closeable) {
        closeable.close();
      }
    }
  }

  private static List<TableChange> create(Catalog catalog, Spec spec, Arguments arguments) {
    List<TableChange> changes = new DeclaredTables(catalog).apply(spec.tables());
    // In the same process: starting another JVM takes longer than all the rest.
    arguments.text("new-icons").ifPresent(icons -> AssetIcons.fillNew(catalog, changes, icons, Clock.systemUTC()));
    return changes;
  }

  private static String changes(List<TableChange> changes) {
    return json(
        out -> {
          out.writeArrayFieldStart("tables");
          for (TableChange change : changes) {
            out.writeStartObject();
            out.writeStringField("name", change.name());
            out.writeStringField("action", change.action());
            out.writeArrayFieldStart("added");
            for (String column : change.added()) {
              out.writeString(column);
            }
            out.writeEndArray();
            out.writeEndObject();
          }
          out.writeEndArray();
        });
  }

  private static String refusal(RefusedEvolution e) {
    return json(
        out -> {
          out.writeObjectFieldStart("error");
          out.writeStringField("table", e.table());
          out.writeStringField("column", e.column());
          out.writeStringField("reason", e.reason());
          out.writeEndObject();
        });
  }

  /** Writes the fields of one JSON object. */
  interface Fields {
    void write(JsonGenerator out) throws IOException;
  }

  static String json(Fields fields) {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = new JsonFactory().createGenerator(text)) {
      out.writeStartObject();
      fields.write(out);
      out.writeEndObject();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return text.toString();
  }
}
