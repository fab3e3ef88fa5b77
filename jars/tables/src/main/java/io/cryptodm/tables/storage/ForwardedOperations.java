package io.cryptodm.tables.storage;

import java.util.function.Supplier;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.encryption.EncryptionManager;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;

/** Operations of a table that forward each call to others; what a subclass overrides is different. */
public abstract class ForwardedOperations implements TableOperations, CatalogTurn {
  protected final TableOperations real;

  protected ForwardedOperations(TableOperations real) {
    this.real = real;
  }

  @Override
  public TableMetadata current() {
    return real.current();
  }

  @Override
  public TableMetadata refresh() {
    return real.refresh();
  }

  @Override
  public void commit(TableMetadata base, TableMetadata metadata) {
    real.commit(base, metadata);
  }

  @Override
  public <T> T inTurn(Supplier<T> attempt) {
    return real instanceof CatalogTurn turns ? turns.inTurn(attempt) : attempt.get();
  }

  @Override
  public FileIO io() {
    return real.io();
  }

  @Override
  public EncryptionManager encryption() {
    return real.encryption();
  }

  @Override
  public String metadataFileLocation(String file) {
    return real.metadataFileLocation(file);
  }

  @Override
  public LocationProvider locationProvider() {
    return real.locationProvider();
  }

  @Override
  public TableOperations temp(TableMetadata metadata) {
    return real.temp(metadata);
  }

  @Override
  public long newSnapshotId() {
    return real.newSnapshotId();
  }

  @Override
  public boolean requireStrictCleanup() {
    return real.requireStrictCleanup();
  }
}
