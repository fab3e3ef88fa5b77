package io.cryptodm.tables.catalog;

import io.cryptodm.contracts.Backoff;
import io.cryptodm.contracts.Spec;
import io.cryptodm.tables.storage.CommitRetry;
import io.cryptodm.tables.storage.LocalFileIO;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.hadoop.HadoopFileIO;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.iceberg.jdbc.UncheckedSQLException;

/** Opens the Iceberg catalog that a spec names. */
public final class LakeCatalog {
  private static final int OPEN_ATTEMPTS = 5;

  private LakeCatalog() {}

  /** The catalog; the caller closes it if it is {@link java.io.Closeable}. */
  public static Catalog open(Spec.Catalog catalog) {
    createDatabaseFolder(catalog.properties());
    return open(catalog.name(), properties(catalog));
  }

  /** A catalog with other properties than its spec says, such as another {@code io-impl}. */
  public static Catalog open(String name, Map<String, String> properties) {
    return SqliteConnections.takes(properties) ? openLocal(name, properties) : CatalogUtil.buildIcebergCatalog(name, properties, configurationFor(properties));
  }

  /** Of two programs that open a new catalog at once, both find it without the columns of Iceberg's present schema, and one of them adds them. */
  private static Catalog openLocal(String name, Map<String, String> properties) {
    Backoff backoff = CommitRetry.backoff();
    for (int attempt = 1; ; attempt++) {
      JdbcCatalog catalog = new LocalCatalog(new AtomicReference<>());
      try {
        catalog.initialize(name, properties);
        return catalog;
      } catch (UncheckedSQLException e) {
        catalog.close();
        if (attempt == OPEN_ATTEMPTS) {
          throw e;
        }
        CommitRetry.pause(backoff);
      }
    }
  }

  /** A catalog in SQLite, all of whose writers have the clock of this machine. */
  private static final class LocalCatalog extends JdbcCatalog {
    private final AtomicReference<SqliteConnections> connections;
    private final LocalTableOperations.Newest newest = new LocalTableOperations.Newest();

    /** @param connections gets those of the catalog */
    LocalCatalog(AtomicReference<SqliteConnections> connections) {
      super(
          null,
          properties -> {
            connections.set(new SqliteConnections(properties));
            return connections.get();
          },
          true);
      this.connections = connections;
    }

    @Override
    protected TableOperations newTableOps(TableIdentifier table) {
      CatalogPointers pointers = new CatalogPointers(name(), connections.get());
      return new PastTimes(new LocalTableOperations(table, super.newTableOps(table), pointers, newest), System::currentTimeMillis);
    }
  }

  /** Loading a Hadoop configuration takes 0.2 s, so local lakes do without one. */
  private static Configuration configurationFor(Map<String, String> properties) {
    return isLocal(properties) ? null : new Configuration();
  }

  /** Reads and writes the files of the lake. */
  public static FileIO files(Spec.Catalog catalog) {
    Map<String, String> properties = properties(catalog);
    return files(fileIOClass(properties), properties);
  }

  /** Name of the class that reads and writes files under these properties. */
  public static String fileIOClass(Map<String, String> properties) {
    return properties.getOrDefault(CatalogProperties.FILE_IO_IMPL, HadoopFileIO.class.getName());
  }

  /** @param implementation name of a class that implements {@link FileIO} */
  public static FileIO files(String implementation, Map<String, String> properties) {
    return CatalogUtil.loadFileIO(implementation, properties, configurationFor(properties));
  }

  /** The properties of the spec with defaults: one catalog connection a process, and local files without Hadoop. */
  public static Map<String, String> properties(Spec.Catalog catalog) {
    Map<String, String> properties = new HashMap<>(catalog.properties());
    if ("jdbc".equals(properties.get(CatalogUtil.ICEBERG_CATALOG_TYPE))) {
      // SQLite takes one writer at a time: with a pool the process would wait for itself.
      properties.putIfAbsent(CatalogProperties.CLIENT_POOL_SIZE, "1");
    }
    if (isLocal(properties)) {
      properties.putIfAbsent(CatalogProperties.FILE_IO_IMPL, LocalFileIO.class.getName());
    }
    return Map.copyOf(properties);
  }

  /** Splits a full name such as {@code crypto_db.crypto_quote}. */
  public static TableIdentifier identifier(String name) {
    return TableIdentifier.parse(name);
  }

  /** The full name of a table without the name of its catalog. */
  public static String shortName(String name) {
    String[] parts = name.split("\\.");
    return parts.length < 3 ? name : parts[parts.length - 2] + "." + parts[parts.length - 1];
  }

  private static boolean isLocal(Map<String, String> properties) {
    String warehouse = properties.getOrDefault(CatalogProperties.WAREHOUSE_LOCATION, "");
    return warehouse.startsWith("/") || warehouse.startsWith("file:");
  }

  /** Creates the folder of a SQLite database: SQLite creates the file only. */
  private static void createDatabaseFolder(Map<String, String> properties) {
    String prefix = "jdbc:sqlite:";
    String uri = properties.getOrDefault(CatalogProperties.URI, "");
    if (!uri.startsWith(prefix + "/")) {
      return;
    }
    Path file = Path.of(uri.substring(prefix.length()).split("\\?", 2)[0]);
    try {
      Files.createDirectories(file.getParent());
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot create the folder of the catalog " + file + ": check its path and permissions", e);
    }
  }
}
