import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.codehaus.mojo.animal_sniffer.Clazz;
import org.codehaus.mojo.animal_sniffer.SignatureBuilder;
import org.codehaus.mojo.animal_sniffer.SignatureChecker;
import org.codehaus.mojo.animal_sniffer.logging.Logger;

/**
 * Prints what our classes use of Iceberg and a cluster's libraries do not have: a class, method or field in each line.
 *
 * <p>Usage: {@code ClusterLinks <our jar>[:<jar>...] <library of the cluster>[:<jar>...]}
 */
final class ClusterLinks {
  /** A class, or the type and the name of a member. */
  private static final Pattern ICEBERG = Pattern.compile("reference: (org\\.apache\\.iceberg\\.\\S+|\\S+ org\\.apache\\.iceberg\\..+)$");

  public static void main(String[] args) throws IOException {
    Map<String, Clazz> known = SignatureChecker.loadClasses(new ByteArrayInputStream(signature(jars(args[1]))));
    Set<String> missing = new TreeSet<>();
    OurClasses classes = new OurClasses(known, missing);
    // The jars of the jobs have most classes in common.
    Set<String> checked = new HashSet<>();
    for (Path jar : jars(args[0])) {
      try (ZipFile zip = new ZipFile(jar.toFile())) {
        for (ZipEntry entry : entries(zip)) {
          if (entry.getName().startsWith("io/cryptodm/") && checked.add(entry.getName())) {
            try (InputStream bytes = zip.getInputStream(entry)) {
              classes.process(entry.getName(), bytes);
            }
          }
        }
      }
    }
    missing.forEach(System.out::println);
  }

  private static List<Path> jars(String list) {
    return Arrays.stream(list.split(File.pathSeparator)).map(Path::of).toList();
  }

  private static List<? extends ZipEntry> entries(ZipFile zip) {
    return zip.stream().filter(entry -> entry.getName().endsWith(".class")).toList();
  }

  /** Signatures of all classes of the libraries, and of the JDK's own, from which they inherit. */
  private static byte[] signature(List<Path> libraries) throws IOException {
    ByteArrayOutputStream signature = new ByteArrayOutputStream();
    Libraries classes = new Libraries(signature);
    Path jdk = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("modules/java.base");
    try (Stream<Path> files = Files.walk(jdk)) {
      for (Path file : (Iterable<Path>) files.filter(path -> path.toString().endsWith(".class"))::iterator) {
        try (InputStream bytes = Files.newInputStream(file)) {
          classes.process(jdk.relativize(file).toString(), bytes);
        }
      }
    }
    for (Path library : libraries) {
      try (ZipFile zip = new ZipFile(library.toFile())) {
        for (ZipEntry entry : entries(zip)) {
          // Those below META-INF are variants for other versions of Java.
          if (!entry.getName().startsWith("META-INF/") && !entry.getName().endsWith("module-info.class")) {
            try (InputStream bytes = zip.getInputStream(entry)) {
              classes.process(entry.getName(), bytes);
            }
          }
        }
      }
    }
    classes.close();
    return signature.toByteArray();
  }

  private static final class Libraries extends SignatureBuilder {
    Libraries(ByteArrayOutputStream target) throws IOException {
      super(target, new Report(new HashSet<>()));
    }

    @Override
    public void process(String name, InputStream bytes) throws IOException {
      super.process(name, bytes);
    }
  }

  private static final class OurClasses extends SignatureChecker {
    OurClasses(Map<String, Clazz> known, Set<String> missing) throws IOException {
      super(known, Set.of(), new Report(missing));
      setSourcePath(List.of());
    }

    @Override
    public void process(String name, InputStream bytes) throws IOException {
      super.process(name, bytes);
    }
  }

  /** Keeps the errors about Iceberg. */
  private record Report(Set<String> errors) implements Logger {
    @Override
    public void error(String message) {
      if (ICEBERG.matcher(message).find()) {
        errors.add(message);
      }
    }

    @Override
    public void error(String message, Throwable cause) {
      throw new IllegalStateException(message, cause);
    }

    @Override
    public void warn(String message) {}

    @Override
    public void warn(String message, Throwable cause) {}

    @Override
    public void info(String message) {}

    @Override
    public void info(String message, Throwable cause) {}

    @Override
    public void debug(String message) {}

    @Override
    public void debug(String message, Throwable cause) {}
  }
}
