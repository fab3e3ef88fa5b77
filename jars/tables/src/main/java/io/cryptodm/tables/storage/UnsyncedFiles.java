package io.cryptodm.tables.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/**
 * The files that this process has written and that a power cut could still empty. A table's metadata file is the last one that is written before
 * the catalog points to it, so closing it syncs what was written to the folder of the table until then: first the files, several at once, then
 * the metadata file, then the folders that name them. A file that no commit uses is never synced.
 */
final class UnsyncedFiles {
  /** Those of this process: the instances of a {@link LocalFileIO} come and go with the tables. */
  static final UnsyncedFiles OF_PROCESS = new UnsyncedFiles(UnsyncedFiles::force);

  /** Makes a file or a folder durable. */
  interface Sync {
    void sync(Path path) throws IOException;
  }

  /** Waiting for a disk takes no processor, and the journal of the file system takes several syncs in one go. */
  private static final ExecutorService SYNCING =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "file-sync");
            thread.setDaemon(true);
            return thread;
          });

  private final Sync sync;
  private final Set<Path> files = ConcurrentHashMap.newKeySet();
  /** Folders that got a new folder. */
  private final Set<Path> parents = ConcurrentHashMap.newKeySet();

  UnsyncedFiles(Sync sync) {
    this.sync = sync;
  }

  /** Creates a folder and those above it that are missing. */
  void createFolders(Path folder) throws IOException {
    Path existing = folder;
    while (existing != null && !Files.exists(existing)) {
      existing = existing.getParent();
      if (existing != null) {
        parents.add(existing);
      }
    }
    Files.createDirectories(folder);
  }

  /** Notes a file that was written and closed. */
  void add(Path file) {
    files.add(file);
  }

  /** Notes a file that another process may have written, perhaps into a new folder. */
  void adopt(Path file) {
    if (files.add(file)) {
      parents.add(file.getParent().getParent());
    }
  }

  /** Forgets a file that was removed. */
  void forget(Path file) {
    files.remove(file);
  }

  /** Forgets a folder that was removed, with everything in it. */
  void forgetAll(Path folder) {
    files.removeIf(file -> file.startsWith(folder));
    parents.removeIf(parent -> parent.startsWith(folder));
  }

  /**
   * Syncs a metadata file and everything that was written below the folder of its table. When this returns, a power cut takes none of it.
   *
   * @throws IOException if the disk did not take it all: nothing may refer to the metadata file then
   */
  void settle(Path metadata) throws IOException {
    // TABLE/metadata/00042-....metadata.json
    Path table = metadata.getParent().getParent();
    Set<Path> written = below(table);
    Set<Path> folders = new TreeSet<>();
    parents.stream().filter(parent -> parent.startsWith(table) || table.startsWith(parent)).forEach(folders::add);
    List<Path> made = List.copyOf(folders);
    written.forEach(file -> folders.add(file.getParent()));
    folders.add(metadata.getParent());
    syncAll(written);
    sync.sync(metadata);
    syncAll(folders);
    // Only now: another commit to the table that runs at the same time must not take them for synced.
    written.forEach(files::remove);
    made.forEach(parents::remove);
  }

  Set<Path> below(Path folder) {
    return files.stream().filter(file -> file.startsWith(folder)).collect(Collectors.toSet());
  }

  private void syncAll(Collection<Path> paths) throws IOException {
    List<Future<?>> others = new ArrayList<>();
    Path own = null;
    for (Path path : paths) {
      if (own == null) {
        own = path;
      } else {
        others.add(
            SYNCING.submit(
                () -> {
                  sync.sync(path);
                  return null;
                }));
      }
    }
    if (own != null) {
      sync.sync(own);
    }
    for (Future<?> other : others) {
      await(other);
    }
  }

  private static void await(Future<?> other) throws IOException {
    try {
      other.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while files were being synced: nothing was committed", e);
    }
  }

  /** A folder can be opened for reading, and syncing that makes the names in it durable. */
  private static void force(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (NoSuchFileException e) {
      // Removed by another process, such as an expiry: then no commit needs it.
    }
  }
}
