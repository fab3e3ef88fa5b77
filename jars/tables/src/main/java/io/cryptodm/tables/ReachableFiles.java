package io.cryptodm.tables;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.ManifestContent;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ManifestReader;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;

/** The files that the metadata of a table leads to, with their bytes; 0 where the metadata does not say. */
final class ReachableFiles {
  private ReachableFiles() {}

  /**
   * Everything that the table needs: metadata files, statistics, and what its snapshots lead to.
   *
   * @throws org.apache.iceberg.exceptions.NotFoundException when a file of an old snapshot goes meanwhile: ask again after a refresh
   */
  static Map<String, Long> of(Table table) {
    TableMetadata metadata = ((HasTableOperations) table).operations().current();
    Map<String, Long> files = of(table, metadata.snapshots());
    files.put(metadata.metadataFileLocation(), 0L);
    metadata.previousFiles().forEach(entry -> files.put(entry.file(), 0L));
    table.statisticsFiles().forEach(file -> files.put(file.path(), file.fileSizeInBytes()));
    table.partitionStatisticsFiles().forEach(file -> files.put(file.path(), file.fileSizeInBytes()));
    return files;
  }

  /** What these snapshots lead to. */
  static Map<String, Long> of(Table table, Iterable<Snapshot> snapshots) {
    Map<String, Long> files = new HashMap<>();
    Map<String, ManifestFile> manifests = new LinkedHashMap<>();
    for (Snapshot snapshot : snapshots) {
      if (snapshot.manifestListLocation() != null) {
        files.put(snapshot.manifestListLocation(), 0L);
      }
      snapshot.allManifests(table.io()).forEach(manifest -> manifests.put(manifest.path(), manifest));
    }
    manifests.values().forEach(manifest -> files.put(manifest.path(), manifest.length()));
    Map<String, Long> content = new ConcurrentHashMap<>();
    manifests.values().parallelStream().forEach(manifest -> read(table, manifest, content));
    files.putAll(content);
    return files;
  }

  private static void read(Table table, ManifestFile manifest, Map<String, Long> files) {
    try (ManifestReader<? extends ContentFile<?>> reader =
        manifest.content() == ManifestContent.DATA
            ? ManifestFiles.read(manifest, table.io(), table.specs())
            : ManifestFiles.readDeleteManifest(manifest, table.io(), table.specs())) {
      for (ContentFile<?> file : reader) {
        files.put(file.location(), file.fileSizeInBytes());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
