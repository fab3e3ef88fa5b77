package io.cryptodm.tables.cleanup;

import static io.cryptodm.tables.storage.LocalFileIO.plain;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.StreamSupport;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.ManifestContent;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ManifestReader;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotParser;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;

/**
 * The files that the metadata of a table refers to, with their sizes in bytes; 0 if the metadata does not give it. Local ones are plain paths,
 * whichever way an engine has written them.
 */
public final class ReachableFiles {
  private static final List<String> NEEDED = List.of(DataFile.FILE_PATH.name(), DataFile.FILE_SIZE.name());

  private ReachableFiles() {}

  /**
   * All files that the table needs: metadata files, statistics, and the files of its snapshots.
   *
   * @throws org.apache.iceberg.exceptions.NotFoundException if a file of an old snapshot is removed meanwhile: refresh and try again
   */
  public static Map<String, Long> of(Table table) {
    TableMetadata metadata = ((HasTableOperations) table).operations().current();
    Map<String, Long> files = of(table, metadata.snapshots());
    files.put(plain(metadata.metadataFileLocation()), 0L);
    metadata.previousFiles().forEach(entry -> files.put(plain(entry.file()), 0L));
    table.statisticsFiles().forEach(file -> files.put(plain(file.path()), file.fileSizeInBytes()));
    table.partitionStatisticsFiles().forEach(file -> files.put(plain(file.path()), file.fileSizeInBytes()));
    return files;
  }

  /** The files of these snapshots. */
  static Map<String, Long> of(Table table, Iterable<Snapshot> snapshots) {
    Map<String, Long> files = new ConcurrentHashMap<>();
    Map<String, ManifestFile> manifests = new ConcurrentHashMap<>();
    StreamSupport.stream(snapshots.spliterator(), true)
        .filter(snapshot -> snapshot.manifestListLocation() != null)
        .forEach(
            snapshot -> {
              files.put(plain(snapshot.manifestListLocation()), 0L);
              uncached(snapshot).allManifests(table.io()).forEach(manifest -> manifests.putIfAbsent(manifest.path(), manifest));
            });
    manifests.values().parallelStream()
        .forEach(
            manifest -> {
              files.put(plain(manifest.path()), manifest.length());
              read(table, manifest, files);
            });
    return files;
  }

  /** A copy of a snapshot: a snapshot caches its manifests, and those of thousands of snapshots do not fit into memory. */
  private static Snapshot uncached(Snapshot snapshot) {
    return SnapshotParser.fromJson(SnapshotParser.toJson(snapshot));
  }

  private static void read(Table table, ManifestFile manifest, Map<String, Long> files) {
    try (ManifestReader<? extends ContentFile<?>> reader =
        manifest.content() == ManifestContent.DATA
            ? ManifestFiles.read(manifest, table.io(), table.specs())
            : ManifestFiles.readDeleteManifest(manifest, table.io(), table.specs())) {
      // Without the column statistics, which are most of a manifest.
      for (ContentFile<?> file : reader.select(NEEDED)) {
        files.put(plain(file.location()), file.fileSizeInBytes());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the manifest " + manifest.path(), e);
    }
  }
}
