package io.cryptodm.tables.cleanup;

import io.cryptodm.contracts.Spec;
import io.cryptodm.tables.catalog.LakeCatalog;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.io.DelegateFileIO;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.SupportsBulkOperations;
import org.apache.iceberg.io.SupportsPrefixOperations;

/** Notes each file in a {@link RunRecord} before it is written, in every process of a run. */
public final class RecordedFileIO implements DelegateFileIO {
  private static final long serialVersionUID = 1L;

  /** Name of the class that reads and writes the files. */
  static final String DELEGATE = "cryptodm.upkeep.io-impl";

  /** Folder of the records of all runs. */
  static final String ROOT = "cryptodm.upkeep.records";

  /** Id of this run. */
  static final String RUN = "cryptodm.upkeep.run";

  private Map<String, String> properties = Map.of();
  private transient volatile FileIO delegate;

  /** Opens the catalog of a spec for one run: each file is noted in the {@link RunRecord} of the run before it is written. */
  public static Catalog openCatalog(Spec.Catalog catalog, String run) {
    Map<String, String> properties = new HashMap<>(LakeCatalog.properties(catalog));
    properties.put(DELEGATE, LakeCatalog.fileIOClass(properties));
    properties.put(ROOT, RunRecord.rootOf(catalog));
    properties.put(RUN, run);
    properties.put(CatalogProperties.FILE_IO_IMPL, RecordedFileIO.class.getName());
    return LakeCatalog.open(catalog.name(), properties);
  }

  @Override
  public void initialize(Map<String, String> newProperties) {
    this.properties = new HashMap<>(newProperties);
  }

  @Override
  public Map<String, String> properties() {
    return properties;
  }

  private FileIO files() {
    if (delegate == null) {
      synchronized (this) {
        if (delegate == null) {
          delegate = LakeCatalog.files(properties.get(DELEGATE), properties);
        }
      }
    }
    return delegate;
  }

  @Override
  public OutputFile newOutputFile(String location) {
    RunRecord.of(files(), properties.get(ROOT), properties.get(RUN)).note(List.of(location));
    return files().newOutputFile(location);
  }

  @Override
  public InputFile newInputFile(String location) {
    return files().newInputFile(location);
  }

  @Override
  public InputFile newInputFile(String location, long length) {
    return files().newInputFile(location, length);
  }

  @Override
  public void deleteFile(String location) {
    files().deleteFile(location);
  }

  @Override
  public void deleteFiles(Iterable<String> locations) {
    if (files() instanceof SupportsBulkOperations bulk) {
      bulk.deleteFiles(locations);
    } else {
      locations.forEach(files()::deleteFile);
    }
  }

  @Override
  public Iterable<FileInfo> listPrefix(String prefix) {
    return ((SupportsPrefixOperations) files()).listPrefix(prefix);
  }

  @Override
  public void deletePrefix(String prefix) {
    ((SupportsPrefixOperations) files()).deletePrefix(prefix);
  }

  @Override
  public void close() {
    if (delegate != null) {
      delegate.close();
    }
  }
}
