package io.cryptodm.functions;

import io.cryptodm.contracts.Spec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The statement that makes a view of the lake in Athena. Views in Glue's catalog know no timestamps with a zone ("Unsupported Hive type"):
 * there they become timestamps in UTC, which is how Athena shows them anyway.
 */
final class AthenaView {
  private static final Pattern SOURCE =
      Pattern.compile("\\b(?:from|join)\\s+([a-z0-9_]+\\.[a-z0-9_]+)\\s+(?:as\\s+)?([a-z_][a-z0-9_]*)", Pattern.CASE_INSENSITIVE);
  private static final Pattern ALL_COLUMNS = Pattern.compile("\\b([a-z_][a-z0-9_]*)\\.\\*");

  private AthenaView() {}

  /** @throws IllegalArgumentException for {@code x.*} where x is no table of the lake */
  static String render(Spec.View view, List<Spec.Table> tables) {
    Map<String, Spec.Table> aliases = aliases(view.select(), tables);
    String expanded =
        ALL_COLUMNS
            .matcher(view.select())
            .replaceAll(
                match -> {
                  String alias = match.group(1);
                  Spec.Table table = aliases.get(alias);
                  if (table == null) {
                    throw new IllegalArgumentException("view " + view.name() + ": " + alias + ".* names no table of the lake");
                  }
                  return Matcher.quoteReplacement(
                      table.columns().stream().map(column -> plainColumn(alias, column)).collect(Collectors.joining(",\n       ")));
                });
    return "CREATE OR REPLACE VIEW " + view.name() + " AS\n" + expanded;
  }

  /** What {@code from table alias} and {@code join table alias} say. */
  private static Map<String, Spec.Table> aliases(String select, List<Spec.Table> tables) {
    Map<String, Spec.Table> found = new HashMap<>();
    Matcher source = SOURCE.matcher(select);
    while (source.find()) {
      for (Spec.Table table : tables) {
        if (table.name().equals(source.group(1))) {
          found.put(source.group(2), table);
        }
      }
    }
    return found;
  }

  private static String plainColumn(String alias, Spec.Column column) {
    String name = alias + "." + column.name();
    return column.type().equals("timestamptz") ? "cast(" + name + " at time zone 'UTC' as timestamp(6)) as " + column.name() : name;
  }
}
