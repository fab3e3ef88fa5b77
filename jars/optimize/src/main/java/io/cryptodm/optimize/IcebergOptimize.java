package io.cryptodm.optimize;

import io.cryptodm.contracts.Spec;
import io.cryptodm.contracts.SpecException;
import io.cryptodm.tables.catalog.LakeCatalog;
import io.cryptodm.tables.catalog.SpecFile;
import io.cryptodm.tables.cleanup.OrphanFiles;
import io.cryptodm.tables.cleanup.RecordedFileIO;
import io.cryptodm.tables.cleanup.RunRecord;
import java.io.Closeable;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.io.FileIO;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/**
 * Maintenance of the lake's tables: {@code --spec F [--table T]... [--retain SECONDS] [--orphans-older-than SECONDS]
 * [--target-file-size BYTES] [--dry-run] [--lock FILE] [--attended]}. It prints one JSON object per line: phases as they begin, and what was done to each table. Exit codes: 0 done, 2 bad
 * arguments or spec, 8 another run holds the lock, 1 anything else.
 */
public final class IcebergOptimize {
  private IcebergOptimize() {}

  public static void main(String[] args) {
    int code = run(args, new Report(System.out), Clock.systemUTC());
    // A cluster counts System.exit as a failure, even with 0.
    if (code != 0) {
      System.exit(code);
    }
  }

  static int run(String[] args, Report report, Clock clock) {
    MaintenanceOptions options;
    List<String> tables;
    Spec spec;
    try {
      options = MaintenanceOptions.parse(args);
      spec = SpecFile.read(options.spec());
      tables = options.tables().isEmpty() ? spec.tables().stream().map(Spec.Table::name).toList() : options.tables();
      tables.forEach(spec::table);
    } catch (IllegalArgumentException | SpecException e) {
      System.err.println(e.getMessage());
      return 2;
    }
    if (options.attended()) {
      endWithParent();
    }
    try (Closeable lock = options.lock().isPresent() ? RunLock.take(options.lock().get()) : () -> {}) {
      optimize(spec, tables, options, report, clock);
      return 0;
    } catch (RunLock.Busy e) {
      report.busy(e.getMessage());
      return 8;
    } catch (NoSuchTableException e) {
      System.err.println(e.getMessage() + ": create the tables first, with \"cryptodm tables create\"");
      return 1;
    } catch (Exception e) {
      e.printStackTrace();
      return 1;
    }
  }

  /** Ends this process with its parent: nobody would read the report, and the next run removes what this one leaves. */
  private static void endWithParent() {
    ProcessHandle.current().parent().ifPresent(parent -> parent.onExit().thenRun(() -> Runtime.getRuntime().halt(1)));
  }

  private static void optimize(Spec spec, List<String> tables, MaintenanceOptions options, Report report, Clock clock) throws IOException {
    String run = UUID.randomUUID().toString();
    String records = RunRecord.rootOf(spec.catalog());
    FileIO files = LakeCatalog.files(spec.catalog());
    Catalog catalog = RecordedFileIO.openCatalog(spec.catalog(), run);
    Supplier<SparkSession> spark = () -> session(spec.lake());
    boolean onCluster = isOnCluster();
    if (onCluster) {
      // A cluster waits for the session of each application, even if nothing is to be rewritten.
      spark.get();
    }
    try {
      sweep(spec, catalog, files, records, options, report);
      for (String name : tables) {
        Table table = catalog.loadTable(LakeCatalog.identifier(name));
        TableMaintenance maintenance = new TableMaintenance(onCluster, spark, table, options, RunRecord.of(files, records, run), clock, report);
        report.say((options.dryRun() ? maintenance.preview() : maintenance.run()).toJson(options.dryRun()));
      }
      // Files that this run wrote and did not commit, as after a lost race.
      sweep(spec, catalog, files, records, options, report);
    } finally {
      SparkSession.getDefaultSession().foreach(
          session -> {
            session.stop();
            return null;
          });
      if (catalog instanceof Closeable closeable) {
        closeable.close();
      }
    }
  }

  /** Removes the orphan files of killed runs; the lock, or the caller, makes sure that no other run is active. */
  private static void sweep(Spec spec, Catalog catalog, FileIO files, String records, MaintenanceOptions options, Report report) {
    List<Table> existing =
        spec.tables().stream().map(table -> LakeCatalog.identifier(table.name())).filter(catalog::tableExists).map(catalog::loadTable).toList();
    OrphanFiles orphans = OrphanFiles.ofUnfinishedRuns(files, records, existing, !options.dryRun());
    if (orphans.files() > 0) {
      report.swept(orphans.files(), orphans.bytes());
    }
  }

  /** True under spark-submit, which sets the master. On one machine starting a Spark session takes more time and memory than the work. */
  private static boolean isOnCluster() {
    return new SparkConf().contains("spark.master");
  }

  /** The session of this process, created if there is none. */
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
