package io.cryptodm.tables;

import io.cryptodm.contracts.Spec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;

/** Opens the catalog of a spec. */
public final class LakeCatalog {
  private LakeCatalog() {}

  /** The catalog; whoever opens it closes it when it is {@link java.io.Closeable}. */
  public static Catalog open(Spec.Catalog catalog) {
    makeRoomFor(catalog.properties());
    // A Hadoop configuration costs 0.2 s to load: only where Hadoop's file system is used.
    Map<String, String> properties = properties(catalog);
    Object configuration = isLocal(properties) ? null : new Configuration();
    return CatalogUtil.buildIcebergCatalog(catalog.name(), properties, configuration);
  }

  /** The spec's properties, completed: one connection a process, and local files without Hadoop. Spark's catalog wants the same. */
  public static Map<String, String> properties(Spec.Catalog catalog) {
    Map<String, String> properties = new HashMap<>(catalog.properties());
    if ("jdbc".equals(properties.get(CatalogUtil.ICEBERG_CATALOG_TYPE))) {
      // SQLite has one writer at a time; a pool would only make the process wait for itself.
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

  private static boolean isLocal(Map<String, String> properties) {
    String warehouse = properties.getOrDefault(CatalogProperties.WAREHOUSE_LOCATION, "");
    return warehouse.startsWith("/") || warehouse.startsWith("file:");
  }

  /** SQLite creates the file of a database, not its folder. */
  private static void makeRoomFor(Map<String, String> properties) {
    String prefix = "jdbc:sqlite:";
    String uri = properties.getOrDefault(CatalogProperties.URI, "");
    if (!uri.startsWith(prefix + "/")) {
      return;
    }
    Path file = Path.of(uri.substring(prefix.length()).split("\\?", 2)[0]);
    try {
      Files.createDirectories(file.getParent());
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot create the folder of the catalog " + file, e);
    }
  }
}
