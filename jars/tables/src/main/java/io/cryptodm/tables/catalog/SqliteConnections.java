package io.cryptodm.tables.catalog;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.jdbc.JdbcClientPool;
import org.apache.iceberg.jdbc.UncheckedSQLException;

/**
 * Connections to a catalog in SQLite. A commit of a table is safe from a power cut once its transaction returns, and the database file alone,
 * without its log, is a few commits old at most: it still points to metadata files that are there.
 *
 * <p>A turn is SQLite's lock of writers, held over an attempt to commit: other processes read meanwhile, and wait with their commits.
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

  /** Of this thread; what it asks the catalog then, it asks by the connection of its turn. */
  private final ThreadLocal<Turn> turn = new ThreadLocal<>();

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
    try {
      for (String pragma : PRAGMAS) {
        execute(connection, "PRAGMA " + pragma);
      }
      return connection;
    } catch (SQLException e) {
      close(connection);
      throw new UncheckedSQLException(e, "Cannot prepare a connection to the catalog");
    }
  }

  @Override
  public <R> R run(Action<R, Connection, SQLException> action, boolean retry) throws SQLException, InterruptedException {
    Turn own = turn.get();
    return own == null ? super.run(action, retry) : action.run(own.connection);
  }

  /** Runs an attempt with the lock of writers, which {@link #endTurn} gives back, or the end of the attempt. */
  <T> T inTurn(Supplier<T> attempt) throws SQLException, InterruptedException {
    if (turn.get() != null) {
      return attempt.get();
    }
    return run(
        connection -> {
          Turn own = new Turn(connection);
          turn.set(own);
          try {
            return attempt.get();
          } finally {
            turn.remove();
            own.end("ROLLBACK");
          }
        },
        false);
  }

  /** Makes what this thread has done in its turn last, and ends the turn; does nothing outside one. */
  void endTurn() throws SQLException {
    Turn own = turn.get();
    if (own == null) {
      return;
    }
    try {
      own.end("COMMIT");
    } catch (SQLException e) {
      // Else the next look at the table would see what was never committed.
      execute(own.connection, "ROLLBACK");
      throw e;
    }
  }

  private static final class Turn {
    private final Connection connection;
    private boolean ended;

    Turn(Connection connection) throws SQLException {
      this.connection = connection;
      execute(connection, "BEGIN IMMEDIATE");
    }

    void end(String statement) throws SQLException {
      if (!ended) {
        ended = true;
        execute(connection, statement);
      }
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
