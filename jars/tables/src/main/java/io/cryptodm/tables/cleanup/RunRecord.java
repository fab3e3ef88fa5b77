package io.cryptodm.tables.cleanup;

import io.cryptodm.contracts.Spec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.io.SupportsPrefixOperations;

/**
 * The files that one maintenance run is about to write or remove, each noted before that happens. After the run, or after it was killed, those
 * that no table refers to are its orphan files. The record is a folder of small files beside the tables, {@code ROOT/RUN/ENTRY}, because
 * several processes of one run write it and object stores cannot append.
 */
public final class RunRecord {
  private final FileIO io;
  private final String folder;

  private RunRecord(FileIO io, String folder) {
    this.io = io;
    this.folder = folder;
  }

  /** The record of a run. @param root folder of the records of all runs */
  public static RunRecord of(FileIO io, String root, String run) {
    return new RunRecord(io, root + "/" + run);
  }

  /** Folder of the records of all runs, in the lake's warehouse. */
  public static String rootOf(Spec.Catalog catalog) {
    String warehouse = catalog.properties().get(CatalogProperties.WAREHOUSE_LOCATION);
    return warehouse.replaceAll("/+$", "") + "/upkeep-runs";
  }

  /** All records, each with the locations noted in it. */
  static Map<RunRecord, List<String>> all(FileIO io, String root) {
    Map<String, List<String>> locations = new LinkedHashMap<>();
    for (FileInfo entry : ((SupportsPrefixOperations) io).listPrefix(root + "/")) {
      int end = entry.location().lastIndexOf('/');
      locations.computeIfAbsent(entry.location().substring(0, end), its -> new ArrayList<>()).addAll(read(io, entry.location()));
    }
    Map<RunRecord, List<String>> records = new LinkedHashMap<>();
    locations.forEach((folder, its) -> records.put(new RunRecord(io, folder), its));
    return records;
  }

  /** Notes files; call it before they are written or removed. */
  public void note(Collection<String> locations) {
    if (locations.isEmpty()) {
      return;
    }
    String entry = folder + "/" + UUID.randomUUID() + ".txt";
    try (PositionOutputStream out = io.newOutputFile(entry).create()) {
      out.write(String.join("\n", locations).getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write the record of the maintenance run, " + entry, e);
    }
  }

  /** Removes the record. */
  void drop() {
    ((SupportsPrefixOperations) io).deletePrefix(folder + "/");
  }

  private static List<String> read(FileIO io, String location) {
    try (var in = io.newInputFile(location).newStream()) {
      // An entry that was cut short names a file that was never written.
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the record of a maintenance run, " + location, e);
    }
  }
}
