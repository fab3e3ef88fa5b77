package io.cryptodm.optimize;

import io.cryptodm.contracts.Spec;
import io.cryptodm.contracts.SpecException;
import io.cryptodm.tables.catalog.LakeCatalog;
import io.cryptodm.tables.catalog.SpecFile;
import io.cryptodm.tables.cleanup.RecordedFileIO;
import io.cryptodm.tables.cleanup.OrphanFiles;
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
 * Upkeep of the lake's tables: {@code --spec F [--table T]... [--retain SECONDS] [--orphans-older-than SECONDS] [--target-file-size BYTES] [--dry-run]
 * [--lock FILE] [--attended]}. It prints JSON objects, one a line: phases as they begin, and what was done to each table. Exit codes: 0 done, 2 bad
 * arguments or spec, 8 another upkeep holds the lock, 1 anything else.
 */
public final class IcebergOptimize {
  private IcebergOptimize() {}

  public static void main(String[] args) {
    int code = run(args, new Report(System.out), Clock.systemUTC());
    // On a cluster an exit, even with 0, counts as a failure.
    if (code != 0) {
      System.exit(code);
    }
  }

  static int run(String[] args, Report report, Clock clock) {
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
      System.err.println(e.getMessage() + ": create the tables first");
      return 1;
    } catch (Exception e) {
      e.printStackTrace();
      return 1;
    }
  }

  /** Whoever asked is gone, by force: nobody would hear of the rest, and the next run knows what this one leaves. */
  private static void endWithParent() {
    ProcessHandle.current().parent().ifPresent(parent -> parent.onExit().thenRun(() -> Runtime.getRuntime().halt(1)));
  }

  private static void optimize(Spec spec, List<String> tables, Options options, Report report, Clock clock) throws IOException {
    String run = UUID.randomUUID().toString();
    String records = RunRecord.rootOf(spec.catalog());
    FileIO files = LakeCatalog.files(spec.catalog());
    Catalog catalog = RecordedFileIO.openCatalog(spec.catalog(), run);
    Supplier<SparkSession> spark = () -> session(spec.lake());
    boolean onCluster = isOnCluster();
    if (onCluster) {
      // A cluster waits for the session of whatever it runs, even when nothing is to be rewritten.
      spark.get();
    }
    try {
      sweep(spec, catalog, files, records, options, report);
      for (String name : tables) {
        Table table = catalog.loadTable(LakeCatalog.identifier(name));
        TableMaintenance upkeep = new TableMaintenance(onCluster, spark, table, options, RunRecord.of(files, records, run), clock, report);
        report.say((options.dryRun() ? upkeep.foresee() : upkeep.run()).toJson(options.dryRun()));
      }
      // What this run itself began and did not commit, as after a lost race.
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

  /** Clears away what killed runs noted: no other one is at work. */
  private static void sweep(Spec spec, Catalog catalog, FileIO files, String records, Options options, Report report) {
    List<Table> standing =
        spec.tables().stream().map(table -> LakeCatalog.identifier(table.name())).filter(catalog::tableExists).map(catalog::loadTable).toList();
    OrphanFiles rubbish = OrphanFiles.ofRuns(files, records, standing, !options.dryRun());
    if (rubbish.files() > 0) {
      report.swept(rubbish.files(), rubbish.bytes());
    }
  }

  /** Whoever submits to Spark names its master. On one machine a session of its own would cost more time and memory than all the work. */
  private static boolean isOnCluster() {
    return new SparkConf().contains("spark.master");
  }

  /** The session of this process: the one that there is, or a new one. */
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
