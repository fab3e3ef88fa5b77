package io.cryptodm.optimize;

import io.cryptodm.contracts.Generations;
import io.cryptodm.contracts.Spec;
import io.cryptodm.tables.catalog.DeclaredTables;
import io.cryptodm.tables.catalog.LakeCatalog;
import io.cryptodm.tables.storage.LocalFileIO;
import io.cryptodm.tables.rows.KeyedRow;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.UpsertRule;
import io.cryptodm.tables.storage.TableFiles;
import io.cryptodm.tables.write.KeyedTable;
import io.cryptodm.tables.write.RowBatch;
import io.cryptodm.tables.write.TopicOffsets;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;

/** A lake in a folder with a writer of quotes, and the command line of the maintenance, run in this process. */
final class MaintenanceLake implements Closeable {
  static final String QUOTES = "crypto_db.crypto_quote";
  static final Instant MIDNIGHT = Instant.parse("2025-07-08T00:00:00Z");

  final Path folder;
  final Catalog catalog;
  private final Path spec;
  private final KeyedTable writer;
  private final Map<String, String> expected = new TreeMap<>();
  private long offset;

  MaintenanceLake(Path folder) throws IOException {
    this.folder = folder;
    this.spec = folder.resolve("lake.json");
    String golden = Files.readString(Path.of("../../test/fixtures/spec/lake.json"));
    Files.writeString(
        spec,
        golden
            .replace("\"/lake/", "\"" + folder + "/")
            .replace("sqlite:/lake/", "sqlite:" + folder + "/")
            .replace("file:///lake/", "file://" + folder + "/")
            .replace("\"type\": \"jdbc\"", "\"type\": \"jdbc\", \"io-impl\": \"" + FailingFileIO.class.getName() + "\""));
    Spec read = Spec.read(spec);
    this.catalog = LakeCatalog.open(read.catalog());
    new DeclaredTables(catalog).apply(read.tables());
    this.writer = KeyedTable.open(catalog, LakeCatalog.identifier(QUOTES), UpsertRule.QUOTES);
  }

  /** Exit code and output of a run. */
  record Ran(int code, List<String> lines) {
    String line(String event) {
      return lines.stream().filter(line -> line.contains("\"" + event + "\"")).findFirst().orElseThrow(() -> new AssertionError(event + " in " + lines));
    }

    long figure(String event, String name) {
      String line = line(event);
      String rest = line.substring(line.indexOf("\"" + name + "\":") + name.length() + 3);
      return Long.parseLong(rest.split("[^0-9]", 2)[0]);
    }
  }

  /** Kills a run at its n-th file. @return false if it ended before */
  boolean killAt(int files) throws Exception {
    FailingFileIO.SimulatedProcess process = FailingFileIO.begin(files);
    CompletableFuture<Ran> run = CompletableFuture.supplyAsync(() -> optimizeLater("--retain", "0"));
    CompletableFuture<Void> death =
        CompletableFuture.runAsync(
            () -> {
              try {
                process.ended().await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    CompletableFuture.anyOf(run.handle((ran, failure) -> ran), death).get();
    boolean killed = process.ended().getCount() == 0;
    process.ended().countDown();
    if (killed) {
      // Whatever it still tries fails.
      run.handle((ran, failure) -> ran).get(2, TimeUnit.MINUTES);
    }
    FailingFileIO.begin(Integer.MAX_VALUE);
    return killed;
  }

  /** An hour later, so that nothing counts as young. */
  Ran optimizeLater(String... more) {
    return optimize(Clock.offset(Clock.systemUTC(), Duration.ofHours(1)), more);
  }

  Ran optimize(String... more) {
    return optimize(Clock.systemUTC(), more);
  }

  /** As if it were another time. */
  Ran optimizeAt(Instant now, String... more) {
    return optimize(Clock.fixed(now, ZoneOffset.UTC), more);
  }

  private Ran optimize(Clock clock, String... more) {
    List<String> args = new ArrayList<>(List.of("--spec", spec.toString(), "--table", QUOTES));
    args.addAll(List.of(more));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int code = IcebergOptimize.run(args.toArray(String[]::new), new Report(new PrintStream(out, true, StandardCharsets.UTF_8)), clock);
    return new Ran(code, out.toString(StandardCharsets.UTF_8).lines().toList());
  }

  /** Writes a batch with minutes of one day for each of the coins; minutes may be written again. */
  synchronized void write(int day, int first, int minutes, String... coins) {
    List<Row> rows = new ArrayList<>();
    for (String coin : coins) {
      for (int i = first; i < first + minutes; i++) {
        rows.add(bar(coin, MIDNIGHT.plusSeconds(86_400L * day + 60L * i)));
      }
    }
    TopicOffsets ends = new TopicOffsets(1, Map.of(0, offset));
    writer.upsert(new RowBatch("coinbase-currencies", Generations.whole(1), ends, rows));
  }

  /** Appends a minute as another engine does. @return its file */
  synchronized String appendByAnotherEngine(String coin, int day, int minute) {
    Table table = table();
    Row row = bar(coin, MIDNIGHT.plusSeconds(86_400L * day + 60L * minute));
    PartitionKey partition = new PartitionKey(table.spec(), table.schema());
    partition.partition(row);
    DataFile file = new TableFiles(table, table.schema()).write(List.of(new KeyedRow(null, row, 0, 0)), partition, new TableFiles.Kind(false, false));
    table.newFastAppend().appendFile(file).set("engine-name", "spark").commit();
    return file.location();
  }

  /** Whether the present state of the table has the file. */
  boolean has(String location) throws IOException {
    try (CloseableIterable<FileScanTask> tasks = table().newScan().planFiles()) {
      for (FileScanTask task : tasks) {
        if (task.file().location().equals(location)) {
          return true;
        }
      }
      return false;
    }
  }

  private Row bar(String coin, Instant start) {
    long micros = start.getEpochSecond() * 1_000_000;
    BigDecimal price = BigDecimal.valueOf(1 + offset).setScale(12);
    expected.put(coin + " " + start, price.stripTrailingZeros().toPlainString());
    int date = (int) start.atOffset(ZoneOffset.UTC).toLocalDate().toEpochDay();
    Object[] values = {
      coin, "USD", micros, micros + 60_000_000, price, date, price, price, price, price, null, 3L, "simulate",
      System.currentTimeMillis() * 1000, (1L << 40) + offset, null
    };
    return new Row(values, 0, offset++);
  }

  synchronized Map<String, String> expected() {
    return new TreeMap<>(expected);
  }

  /** Prices by minute; fails for a minute with two rows. */
  Map<String, String> prices() {
    Map<String, String> prices = new TreeMap<>();
    try (CloseableIterable<Record> rows = IcebergGenerics.read(table()).build()) {
      for (Record row : rows) {
        String minute = row.getField("start_window").toString().replace("+00:00", "Z");
        String key = row.getField("asset_id") + " " + OffsetDateTime.parse(minute).toInstant();
        String price = ((BigDecimal) row.getField("price_crypto")).stripTrailingZeros().toPlainString();
        if (prices.put(key, price) != null) {
          throw new AssertionError(key + " has two rows");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return prices;
  }

  Table table() {
    return catalog.loadTable(LakeCatalog.identifier(QUOTES));
  }

  /** All files of the warehouse except the catalog's, with their sizes. */
  Map<String, Long> files() throws IOException {
    Map<String, Long> files = new HashMap<>();
    try (Stream<Path> walk = Files.walk(folder.resolve("warehouse"))) {
      for (Path file : walk.filter(Files::isRegularFile).filter(file -> !file.getFileName().toString().startsWith("catalog")).toList()) {
        files.put(file.toString(), Files.size(file));
      }
    }
    return files;
  }

  /** Files of the table's folder that the table does not refer to. */
  TreeSet<String> orphans() throws IOException {
    TreeSet<String> orphans = new TreeSet<>(files().keySet());
    orphans.removeIf(file -> !file.startsWith(LocalFileIO.plain(table().location())));
    IcebergReachableFiles.of(table()).forEach(file -> orphans.remove(LocalFileIO.plain(file)));
    return orphans;
  }

  @Override
  public void close() throws IOException {
    ((Closeable) catalog).close();
  }
}
