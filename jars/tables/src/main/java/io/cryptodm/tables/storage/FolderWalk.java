package io.cryptodm.tables.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.function.BiConsumer;

/** Walks a folder while others remove files from it: a file that is gone when its turn comes is skipped. */
class FolderWalk extends SimpleFileVisitor<Path> {
  /** Shows each regular file below a folder; none if the folder does not exist. */
  static void showFiles(Path folder, BiConsumer<Path, BasicFileAttributes> each) {
    go(
        folder,
        new FolderWalk() {
          @Override
          public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
            if (attributes.isRegularFile()) {
              each.accept(path, attributes);
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** Removes a folder and everything in it. */
  static void remove(Path folder) {
    go(
        folder,
        new FolderWalk() {
          @Override
          public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) throws IOException {
            Files.deleteIfExists(path);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path path, IOException failure) throws IOException {
            FileVisitResult next = super.postVisitDirectory(path, failure);
            Files.deleteIfExists(path);
            return next;
          }
        });
  }

  private static void go(Path folder, FolderWalk walk) {
    try {
      Files.walkFileTree(folder, walk);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot walk the folder " + folder, e);
    }
  }

  @Override
  public FileVisitResult visitFileFailed(Path path, IOException failure) throws IOException {
    return skipIfGone(failure);
  }

  @Override
  public FileVisitResult postVisitDirectory(Path path, IOException failure) throws IOException {
    return failure == null ? FileVisitResult.CONTINUE : skipIfGone(failure);
  }

  private static FileVisitResult skipIfGone(IOException failure) throws IOException {
    if (failure instanceof NoSuchFileException) {
      return FileVisitResult.CONTINUE;
    }
    throw failure;
  }
}
