package io.cryptodm.tables.repair;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.ManifestContent;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.SupportsPrefixOperations;

/** The states of a table that its metadata files describe. A state is whole when it can be read: metadata file, manifest list, manifests. */
public final class TableStates {
  /** As Iceberg's catalogs name them: {@code 00042-UUID.metadata.json}. */
  private static final Pattern NAME = Pattern.compile("(\\d+)-[^/]*metadata\\.json$");

  private final FileIO io;

  public TableStates(FileIO io) {
    this.io = io;
  }

  /**
   * An earlier state.
   *
   * @param location its metadata file
   * @param at when it was committed
   * @param commits number of commits after it, up to the one that is given up
   */
  public record Earlier(String location, Instant at, long commits) {}

  /** The first file of a state that cannot be read; empty when the state is whole. */
  public Optional<String> unreadable(String metadata) {
    TableMetadata read;
    try {
      read = TableMetadataParser.read(io, metadata);
    } catch (RuntimeException e) {
      return Optional.of(metadata);
    }
    Snapshot current = read.currentSnapshot();
    if (current == null) {
      return Optional.empty();
    }
    List<ManifestFile> manifests;
    try {
      manifests = current.allManifests(io);
    } catch (RuntimeException e) {
      return Optional.of(current.manifestListLocation());
    }
    return manifests.stream().filter(manifest -> !isReadable(manifest, read)).map(ManifestFile::path).findFirst();
  }

  private boolean isReadable(ManifestFile manifest, TableMetadata metadata) {
    try {
      if (!isWhole(io, manifest.path(), manifest.length())) {
        return false;
      }
      entries(manifest, metadata);
      return true;
    } catch (RuntimeException e) {
      return false;
    }
  }

  /** The newest whole state before the one of a metadata file, best one whose data files are there, too; empty when there is none. */
  public Optional<Earlier> before(String metadata) {
    Optional<Earlier> withoutData = Optional.empty();
    for (String location : earlier(metadata)) {
      if (unreadable(location).isPresent()) {
        continue;
      }
      TableMetadata read = TableMetadataParser.read(io, location);
      Earlier state = new Earlier(location, Instant.ofEpochMilli(read.lastUpdatedMillis()), version(metadata) - version(location));
      if (hasData(read)) {
        return Optional.of(state);
      }
      if (withoutData.isEmpty()) {
        withoutData = Optional.of(state);
      }
    }
    return withoutData;
  }

  /** The metadata files of lower versions, the highest first. */
  private List<String> earlier(String metadata) {
    String folder = metadata.substring(0, metadata.lastIndexOf('/') + 1);
    List<String> found = new ArrayList<>();
    for (FileInfo file : ((SupportsPrefixOperations) io).listPrefix(folder)) {
      long version = version(file.location());
      if (version >= 0 && version < version(metadata)) {
        found.add(file.location());
      }
    }
    found.sort(Comparator.comparingLong(TableStates::version).reversed());
    return found;
  }

  private static long version(String location) {
    Matcher name = NAME.matcher(location.substring(location.lastIndexOf('/') + 1));
    return name.matches() ? Long.parseLong(name.group(1)) : -1;
  }

  private boolean hasData(TableMetadata metadata) {
    Snapshot current = metadata.currentSnapshot();
    return current == null
        || current.allManifests(io).stream()
            .flatMap(manifest -> entries(manifest, metadata).stream())
            .allMatch(file -> isWhole(io, file.location(), file.fileSizeInBytes()));
  }

  private List<ContentFile<?>> entries(ManifestFile manifest, TableMetadata metadata) {
    try {
      return manifest.content() == ManifestContent.DELETES
          ? copies(ManifestFiles.readDeleteManifest(manifest, io, metadata.specsById()))
          : copies(ManifestFiles.read(manifest, io, metadata.specsById()));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the manifest " + manifest.path(), e);
    }
  }

  /** A reader gives the same object for each file. */
  private static <F extends ContentFile<F>> List<ContentFile<?>> copies(CloseableIterable<F> reader) throws IOException {
    List<ContentFile<?>> files = new ArrayList<>();
    try (reader) {
      reader.forEach(file -> files.add(file.copyWithoutStats()));
    }
    return files;
  }

  /** True when a file is there with all its bytes. */
  static boolean isWhole(FileIO io, String location, long length) {
    InputFile file = io.newInputFile(location);
    return file.exists() && file.getLength() == length;
  }
}
