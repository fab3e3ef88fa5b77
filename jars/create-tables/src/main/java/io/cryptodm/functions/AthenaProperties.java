package io.cryptodm.functions;

import io.cryptodm.contracts.Spec;
import io.cryptodm.tables.origin.ForeignCommits;
import java.util.HashMap;
import java.util.Map;
import org.apache.iceberg.TableProperties;

/**
 * Properties that a table has in an account beside those of its declaration. Athena's VACUUM has names of its own for the age of snapshots
 * ("Athena-specific table properties" of its guide): it must keep the same ones as Iceberg's own expiry.
 */
final class AthenaProperties {
  private AthenaProperties() {}

  static Spec.Table addTo(Spec.Table table) {
    Map<String, String> properties = new HashMap<>(table.properties());
    String age = table.properties().get(TableProperties.MAX_SNAPSHOT_AGE_MS);
    if (age != null) {
      properties.put("vacuum_max_snapshot_age_seconds", String.valueOf(Math.round(Long.parseLong(age) / 1000.0)));
      properties.put("vacuum_min_snapshots_to_keep", "1");
    }
    if (table.name().endsWith(".crypto_assets")) {
      // The icons are merged by Athena, whose commits carry no mark of ours.
      properties.put(ForeignCommits.ALLOWED, "true");
    }
    return new Spec.Table(table.name(), table.columns(), table.identifier(), table.partition(), table.sort(), Map.copyOf(properties));
  }
}
