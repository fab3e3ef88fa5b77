package io.cryptodm.tables.catalog;

import io.cryptodm.tables.storage.CatalogTurn;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.iceberg.BaseMetastoreTableOperations;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.io.FileIO;

/**
 * Operations of a table of a catalog in SQLite, as Iceberg's own ({@code org.apache.iceberg.jdbc.JdbcTableOperations}), but a metadata file is read once by all
 * users of a catalog, and one that they wrote is never read. With a commit each second it is large, and reading it after each commit was a third of
 * what the stream jobs allocated.
 */
final class LocalTableOperations extends BaseMetastoreTableOperations implements CatalogTurn {
  /** As Iceberg's own operations do. */
  private static final int READ_ATTEMPTS = 20;

  private final TableIdentifier table;
  private final TableOperations creation;
  private final CatalogPointers pointers;
  private final Newest newest;

  /** The newest metadata of each table that a process has read or written. Their files never change. */
  static final class Newest {
    private final Map<TableIdentifier, TableMetadata> byTable = new ConcurrentHashMap<>();

    private TableMetadata find(TableIdentifier table, String location) {
      TableMetadata its = byTable.get(table);
      return its != null && its.metadataFileLocation().equals(location) ? its : null;
    }

    private void put(TableIdentifier table, TableMetadata metadata) {
      byTable.put(table, metadata);
    }
  }

  /** @param creation creates the table, and knows where its files are */
  LocalTableOperations(TableIdentifier table, TableOperations creation, CatalogPointers pointers, Newest newest) {
    this.table = table;
    this.creation = creation;
    this.pointers = pointers;
    this.newest = newest;
  }

  @Override
  protected String tableName() {
    return table.toString();
  }

  @Override
  public FileIO io() {
    return creation.io();
  }

  @Override
  public <T> T inTurn(Supplier<T> attempt) {
    return pointers.inTurn(attempt);
  }

  @Override
  protected void doRefresh() {
    Optional<String> location = pointers.find(table);
    if (location.isPresent()) {
      refreshFromMetadataLocation(location.get(), null, READ_ATTEMPTS, this::read);
    } else if (currentMetadataLocation() == null) {
      disableRefresh();
    } else {
      throw new NoSuchTableException("The table %s is no longer in the catalog: another process has dropped it", table);
    }
  }

  private TableMetadata read(String location) {
    TableMetadata known = newest.find(table, location);
    if (known == null) {
      known = TableMetadataParser.read(io(), location);
      newest.put(table, known);
    }
    return known;
  }

  @Override
  protected void doCommit(TableMetadata base, TableMetadata metadata) {
    if (base == null) {
      creation.commit(null, metadata);
      return;
    }
    String location = writeNewMetadataIfRequired(false, metadata);
    if (!pointers.advance(table, base.metadataFileLocation(), location)) {
      throw new CommitFailedException("The table %s has changed: its metadata is no longer %s", table, base.metadataFileLocation());
    }
    newest.put(table, TableMetadata.buildFrom(metadata).withMetadataLocation(location).discardChanges().build());
  }
}
