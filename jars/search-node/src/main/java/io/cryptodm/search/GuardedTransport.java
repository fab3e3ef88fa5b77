package io.cryptodm.search;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The server's module {@code transport-netty4} with our guard in it: a folder of links to the module's jars and to ours, and a descriptor
 * that names our plugin. A plugin beside the module would have a class loader of its own, and could not extend it.
 */
final class GuardedTransport {

  private static final String MODULE = "transport-netty4";
  private static final String DESCRIPTOR = "plugin-descriptor.properties";
  private static final String PLUGIN = "io.cryptodm.search.guard.GuardedTransportPlugin";

  private GuardedTransport() {}

  /**
   * Writes the folder again.
   *
   * @param modules folder of the server's modules; only read
   * @param guard path of SearchGuard-1.0.jar
   * @param target becomes a folder of modules
   */
  static void write(Path modules, Path guard, Path target) throws IOException {
    Path folder = Files.createDirectories(target.resolve(MODULE));
    for (Path old : list(folder)) {
      Files.delete(old);
    }
    for (Path file : list(modules.resolve(MODULE))) {
      if (file.toString().endsWith(".jar")) {
        Files.createSymbolicLink(folder.resolve(file.getFileName()), file.toAbsolutePath());
      }
    }
    Files.createSymbolicLink(folder.resolve(guard.getFileName()), guard.toAbsolutePath());
    Files.write(folder.resolve(DESCRIPTOR), describe(Files.readAllLines(modules.resolve(MODULE).resolve(DESCRIPTOR))));
  }

  /** Without the name of a Java module: then the class loader of the folder knows no modules, and our classes may use all of them. */
  private static List<String> describe(List<String> lines) {
    return lines.stream()
        .filter(line -> !line.startsWith("modulename="))
        .map(line -> line.startsWith("classname=") ? "classname=" + PLUGIN : line)
        .toList();
  }

  private static List<Path> list(Path folder) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      List<Path> found = new ArrayList<>();
      files.forEach(found::add);
      return found;
    }
  }
}
