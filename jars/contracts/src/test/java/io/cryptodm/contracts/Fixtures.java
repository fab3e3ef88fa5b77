package io.cryptodm.contracts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Finds the golden files that the TypeScript tests read too. */
final class Fixtures {
  private Fixtures() {}

  static Path path(String name) {
    for (Path dir = Path.of("").toAbsolutePath(); dir != null; dir = dir.getParent()) {
      Path file = dir.resolve("test/fixtures").resolve(name);
      if (Files.exists(file)) {
        return file;
      }
    }
    throw new IllegalStateException("no fixture " + name + " above " + Path.of("").toAbsolutePath());
  }

  static SpecNode json(String name) throws IOException {
    return SpecNode.parse(Files.readAllBytes(path(name)), name);
  }
}
