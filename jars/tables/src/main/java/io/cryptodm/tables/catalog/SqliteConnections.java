package io.cryptodm.tables.catalog;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.jdbc.JdbcClientPool;
import org.apache.iceberg.jdbc.UncheckedSQLException;

/**
 * Connections to a catalog in SQLite. A commit of a table is safe from a power cut once its transaction returns, and the database file alone,
 * without its log, is a few commits old at most: it still points to metadata files that are there.
 */
final class SqliteConnections extends JdbcClientPool {
  private static final List<String> PRAGMAS =
      List.of(
          "busy_timeout = 30000",
          // Readers and the writer do not wait for each other.
          "journal_mode = WAL",
          // The log is synced with each transaction; WAL's usual NORMAL syncs it only when it is copied into the database file.
          "synchronous = FULL",
          // Pages, about one a commit. A table keeps 20 older metadata files.
          "wal_autocheckpoint = 8");

  static boolean takes(Map<String, String> properties) {
    return CatalogUtil.ICEBERG_CATALOG_TYPE_JDBC.equals(properties.get(CatalogUtil.ICEBERG_CATALOG_TYPE))
        && properties.getOrDefault(CatalogProperties.URI, "").startsWith("jdbc:sqlite:");
  }

  SqliteConnections(Map<String, String> properties) {
    super(Integer.parseInt(properties.getOrDefault(CatalogProperties.CLIENT_POOL_SIZE, "1")), properties.get(CatalogProperties.URI), properties);
  }

  @Override
  protected Connection newClient() {
    Connection connection = super.newClient();
    try (Statement statement = connection.createStatement()) {
      for (String pragma : PRAGMAS) {
        statement.execute("PRAGMA " + pragma);
      }
      return connection;
    } catch (SQLException e) {
      close(connection);
      throw new UncheckedSQLException(e, "Cannot prepare a connection to the catalog");
    }
  }
}
