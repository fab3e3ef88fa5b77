package io.cryptodm.optimize;

import io.cryptodm.contracts.Spec;
import io.cryptodm.contracts.SpecException;
import io.cryptodm.tables.LakeCatalog;
import io.cryptodm.tables.SpecFile;
import java.io.Closeable;
import java.time.Clock;
import java.util.List;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/**
 * Upkeep of the lake's tables:
 * {@code --spec F [--table T]... [--retain SECONDS] [--orphans-older-than SECONDS] [--target-file-size BYTES]}. It prints one JSON object a
 * table. Exit codes: 0 done, 2 bad arguments or spec, 1 anything else.
 */
public final class IcebergOptimize {
  private IcebergOptimize() {}

  public static void main(String[] args) {
    int code = run(args);
    // On a cluster an exit, even with 0, counts as a failure.
    if (code != 0) {
      System.exit(code);
    }
  }

  private static int run(String[] args) {
    Options options;
    List<String> tables;
    Spec spec;
    try {
      options = Options.parse(args);
      spec = SpecFile.read(options.spec());
      tables = options.tables().isEmpty() ? spec.tables().stream().map(Spec.Table::name).toList() : options.tables();
      tables.forEach(spec::table);
    } catch (IllegalArgumentException | SpecException e) {
      System.err.println(e.getMessage());
      return 2;
    }
    try (SparkSession session = session(spec.lake())) {
      Catalog catalog = LakeCatalog.open(spec.catalog());
      try {
        for (String name : tables) {
          optimize(session, catalog, name, options);
        }
      } finally {
        if (catalog instanceof Closeable closeable) {
          closeable.close();
        }
      }
      return 0;
    } catch (NoSuchTableException e) {
      System.err.println(e.getMessage() + ": create the tables first");
      return 1;
    } catch (Exception e) {
      e.printStackTrace();
      return 1;
    }
  }

  private static void optimize(SparkSession session, Catalog catalog, String name, Options options) {
    long begun = System.nanoTime();
    Table table = catalog.loadTable(LakeCatalog.identifier(name));
    TableSize before = TableSize.of(table);
    long orphans = new TableUpkeep(session, table, options, Clock.systemUTC()).run();
    TableSize after = TableSize.of(table);
    System.out.printf(
        "{\"event\":\"optimized\",\"table\":\"%s\",\"before\":%s,\"after\":%s,\"orphans\":%d,\"seconds\":%.1f}%n",
        name, before.toJson(), after.toJson(), orphans, (System.nanoTime() - begun) / 1e9);
    System.out.flush();
  }

  private static SparkSession session(String lake) {
    SparkConf conf = new SparkConf().setAppName(lake + "-optimize");
    conf.setIfMissing("spark.master", "local[2]");
    conf.setIfMissing("spark.ui.enabled", "false");
    conf.setIfMissing("spark.sql.shuffle.partitions", "2");
    conf.setIfMissing("spark.sql.adaptive.enabled", "false");
    conf.setIfMissing("spark.sql.session.timeZone", "UTC");
    if (conf.get("spark.master").startsWith("local")) {
      conf.setIfMissing("spark.driver.host", "127.0.0.1");
      conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
    }
    return SparkSession.builder().config(conf).getOrCreate();
  }
}
