package io.cryptodm.functions;

import io.cryptodm.contracts.Spec;
import io.cryptodm.tables.origin.ForeignCommits;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.iceberg.TableProperties;

/**
 * Properties that a table has in an account beside those of its declaration. Athena's VACUUM has names of its own for the age of snapshots
 * ("Athena-specific table properties" of its guide): it must keep the same ones as Iceberg's own expiry.
 */
final class AthenaProperties {
  private static final String SNAPSHOT_AGE = "vacuum_max_snapshot_age_seconds";
  private static final String SNAPSHOTS_KEPT = "vacuum_min_snapshots_to_keep";

  private AthenaProperties() {}

  /**
   * Gives Athena what it lacks of these properties by a statement of its own: its guide names no other way, and nothing says that it reads
   * those which Iceberg wrote.
   *
   * @return names of the tables that got them
   */
  static List<String> settle(AthenaStatement athena, List<Spec.Table> tables) throws InterruptedException {
    Map<Spec.Table, String> shown = new LinkedHashMap<>();
    for (Spec.Table table : tables) {
      if (addTo(table).properties().containsKey(SNAPSHOT_AGE)) {
        shown.put(table, athena.start("SHOW TBLPROPERTIES " + table.name(), databaseOf(table)));
      }
    }
    Map<Spec.Table, String> altered = new LinkedHashMap<>();
    for (Map.Entry<Spec.Table, String> query : shown.entrySet()) {
      athena.await(query.getValue());
      Spec.Table table = query.getKey();
      Map<String, String> wanted = addTo(table).properties();
      String known = athena.lines(query.getValue());
      List<String> lacking =
          Stream.of(SNAPSHOT_AGE, SNAPSHOTS_KEPT).filter(name -> !isIn(known, name, wanted.get(name))).map(name -> pair(name, wanted)).toList();
      if (!lacking.isEmpty()) {
        String sql = "ALTER TABLE " + table.name() + " SET TBLPROPERTIES (" + String.join(", ", lacking) + ")";
        altered.put(table, athena.start(sql, databaseOf(table)));
      }
    }
    for (String id : altered.values()) {
      athena.await(id);
    }
    return altered.keySet().stream().map(Spec.Table::name).collect(Collectors.toList());
  }

  /** Athena shows a property as two cells, or as one with a tab in it. */
  private static boolean isIn(String shown, String name, String value) {
    return Pattern.compile("^" + Pattern.quote(name) + "\\s+" + Pattern.quote(value) + "\\s*$", Pattern.MULTILINE).matcher(shown).find();
  }

  private static String pair(String name, Map<String, String> properties) {
    return "'" + name + "'='" + properties.get(name) + "'";
  }

  private static String databaseOf(Spec.Table table) {
    return table.name().substring(0, table.name().indexOf('.'));
  }

  static Spec.Table addTo(Spec.Table table) {
    Map<String, String> properties = new HashMap<>(table.properties());
    String age = table.properties().get(TableProperties.MAX_SNAPSHOT_AGE_MS);
    if (age != null) {
      properties.put(SNAPSHOT_AGE, String.valueOf(Math.round(Long.parseLong(age) / 1000.0)));
      properties.put(SNAPSHOTS_KEPT, "1");
    }
    if (table.name().endsWith(".crypto_assets")) {
      // The icons are merged by Athena, whose commits carry no mark of ours.
      properties.put(ForeignCommits.ALLOWED, "true");
    }
    return new Spec.Table(table.name(), table.columns(), table.identifier(), table.partition(), table.sort(), Map.copyOf(properties));
  }
}
