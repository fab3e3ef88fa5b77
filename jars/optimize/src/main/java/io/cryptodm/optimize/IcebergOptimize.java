package io.cryptodm.optimize;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.cryptodm.contracts.Spec;
import io.cryptodm.contracts.SpecException;
import io.cryptodm.tables.LakeCatalog;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/**
 * Compacts the tables, merges manifests, expires snapshots and removes orphan files; one JSON line a table on stdout. Exit codes: 0 done, 2
 * bad arguments or spec, 1 anything else.
 */
public final class IcebergOptimize {
  private IcebergOptimize() {}

  public static void main(String[] args) {
    int code = run(args);
    if (code != 0) {
      System.exit(code);
    }
  }

  private static int run(String[] args) {
    try {
      OptimizeOptions options = OptimizeOptions.parse(args);
      optimize(Spec.read(options.spec()), options);
      return 0;
    } catch (IllegalArgumentException | SpecException e) {
      System.err.println(e.getMessage());
      return 2;
    } catch (Exception e) {
      e.printStackTrace();
      return 1;
    }
  }

  private static void optimize(Spec spec, OptimizeOptions options) throws IOException {
    List<String> known = spec.tables().stream().map(Spec.Table::name).toList();
    for (String name : options.tables()) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException("No table " + name + "; there are " + String.join(", ", known));
      }
    }
    List<String> chosen = options.tables().isEmpty() ? known : options.tables();
    Catalog catalog = LakeCatalog.open(spec.catalog());
    try (SparkSession spark = SparkSession.builder().config(settings(spec.catalog())).getOrCreate()) {
      Upkeep upkeep = new Upkeep(spark, spec.catalog().name(), options);
      for (String name : chosen) {
        Table table = catalog.loadTable(LakeCatalog.identifier(name));
        long started = System.nanoTime();
        TableFigures before = TableFigures.of(table);
        long orphans = before.snapshots() == 0 ? 0 : upkeep.perform(name);
        TableFigures after = TableFigures.of(table);
        System.out.println(line(name, before, after, orphans, (System.nanoTime() - started) / 1e9));
      }
    }
  }

  private static SparkConf settings(Spec.Catalog catalog) {
    SparkConf conf = new SparkConf().setAppName("IcebergOptimize");
    String prefix = "spark.sql.catalog." + catalog.name();
    conf.set("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions");
    conf.set(prefix, "org.apache.iceberg.spark.SparkCatalog");
    // A cached table would not see what the streams have committed since.
    conf.set(prefix + ".cache-enabled", "false");
    Map<String, String> properties = LakeCatalog.properties(catalog);
    properties.forEach((key, value) -> conf.set(prefix + "." + key, value));
    conf.setIfMissing("spark.sql.session.timeZone", "UTC");
    // On a cluster spark-submit says where it runs.
    if (!conf.contains("spark.master")) {
      Map.of(
              "spark.master", "local[2]",
              "spark.ui.enabled", "false",
              "spark.driver.host", "127.0.0.1",
              "spark.driver.bindAddress", "127.0.0.1",
              "spark.sql.shuffle.partitions", "2",
              "spark.sql.warehouse.dir", System.getProperty("java.io.tmpdir") + "/cryptodm-no-warehouse")
          .forEach(conf::setIfMissing);
    }
    return conf;
  }

  private static String line(String table, TableFigures before, TableFigures after, long orphans, double seconds) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = new JsonFactory().createGenerator(text)) {
      out.writeStartObject();
      out.writeStringField("event", "optimized");
      out.writeStringField("table", table);
      before.write(out, "before");
      after.write(out, "after");
      out.writeNumberField("orphans", orphans);
      out.writeNumberField("seconds", Math.round(seconds * 1000) / 1000.0);
      out.writeEndObject();
    }
    return text.toString();
  }
}
