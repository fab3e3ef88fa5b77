package io.cryptodm.tables.catalog;

import io.cryptodm.contracts.Spec;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.jdbc.UncheckedInterruptedException;
import org.apache.iceberg.jdbc.UncheckedSQLException;

/**
 * The pointers of a catalog in SQLite to the metadata files of its tables, also of tables that Iceberg cannot load. Names of the database's table and
 * columns are those of Iceberg's JDBC catalog ({@code org.apache.iceberg.jdbc.JdbcUtil}).
 */
public final class CatalogPointers implements AutoCloseable {
  private static final String TABLE = "catalog_name = ? AND table_namespace = ? AND table_name = ?";
  private static final String AT = " AND metadata_location = ?";

  private final String catalog;
  private final SqliteConnections connections;

  /** @param catalog its name in the database */
  CatalogPointers(String catalog, SqliteConnections connections) {
    this.catalog = catalog;
    this.connections = connections;
  }

  /** @throws IllegalArgumentException for a catalog that is not in SQLite */
  public static CatalogPointers of(Spec.Catalog catalog) {
    Map<String, String> properties = LakeCatalog.properties(catalog);
    if (!SqliteConnections.takes(properties)) {
      throw new IllegalArgumentException("The catalog " + catalog.name() + " is not in SQLite: its pointers are kept by its own service");
    }
    return new CatalogPointers(catalog.name(), new SqliteConnections(properties));
  }

  /** Where the metadata of a table is; empty when there is no such table. */
  public Optional<String> find(TableIdentifier table) {
    return run(
        "SELECT metadata_location FROM iceberg_tables WHERE " + TABLE,
        keyOf(table),
        statement -> {
          try (ResultSet found = statement.executeQuery()) {
            return found.next() ? Optional.ofNullable(found.getString(1)) : Optional.empty();
          }
        });
  }

  /** Moves the pointer of a table, which forgets where it was. @return false if it no longer was where it is said to be */
  public boolean move(TableIdentifier table, String from, String to) {
    return move(table, from, to, null);
  }

  /** Moves the pointer of a table to its next metadata file. @return false if it no longer was where it is said to be */
  boolean advance(TableIdentifier table, String from, String to) {
    return move(table, from, to, from);
  }

  private boolean move(TableIdentifier table, String from, String to, String previous) {
    List<String> values = new ArrayList<>(Arrays.asList(to, previous));
    values.addAll(keyOf(table));
    values.add(from);
    String update = "UPDATE iceberg_tables SET metadata_location = ?, previous_metadata_location = ? WHERE " + TABLE + AT;
    return run(
        update,
        values,
        statement -> {
          boolean moved = statement.executeUpdate() == 1;
          if (moved) {
            connections.endTurn();
          }
          return moved;
        });
  }

  /** Runs an attempt while no other process moves a pointer; the turn ends with the first pointer that the attempt moves. */
  <T> T inTurn(Supplier<T> attempt) {
    return orUnchecked(() -> connections.inTurn(attempt));
  }

  /** Forgets a table and leaves its files. @return false if its pointer no longer was where it is said to be */
  public boolean forget(TableIdentifier table, String from) {
    List<String> values = new ArrayList<>(keyOf(table));
    values.add(from);
    return run("DELETE FROM iceberg_tables WHERE " + TABLE + AT, values, statement -> statement.executeUpdate() == 1);
  }

  private List<String> keyOf(TableIdentifier table) {
    return List.of(catalog, table.namespace().toString(), table.name());
  }

  private interface Use<T> {
    T of(PreparedStatement statement) throws SQLException;
  }

  private <T> T run(String sql, List<String> values, Use<T> use) {
    return orUnchecked(
        () ->
            connections.run(
                connection -> {
                  try (PreparedStatement statement = connection.prepareStatement(sql)) {
                    for (int i = 0; i < values.size(); i++) {
                      statement.setString(i + 1, values.get(i));
                    }
                    return use.of(statement);
                  }
                }));
  }

  private interface Call<T> {
    T run() throws SQLException, InterruptedException;
  }

  private static <T> T orUnchecked(Call<T> call) {
    try {
      return call.run();
    } catch (SQLException e) {
      throw new UncheckedSQLException(e, "Cannot read or move a pointer of the catalog");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedInterruptedException(e, "Interrupted while waiting for the catalog");
    }
  }

  @Override
  public void close() {
    connections.close();
  }
}
