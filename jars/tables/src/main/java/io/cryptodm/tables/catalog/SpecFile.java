package io.cryptodm.tables.catalog;

import io.cryptodm.contracts.Spec;
import io.cryptodm.contracts.SpecException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** Reads a spec from this machine, or from a store that a Hadoop file system can read. */
public final class SpecFile {
  private static final Pattern SCHEME = Pattern.compile("[a-zA-Z][a-zA-Z0-9+.-]*:.*");

  private SpecFile() {}

  /**
   * Reads a spec.
   *
   * @param location a path, or a URI such as {@code s3://acme-artifacts/spec/lake.json}
   * @throws SpecException naming the location and, for a wrong value, its path inside
   */
  public static Spec read(String location) {
    if (!SCHEME.matcher(location).matches()) {
      // Loading a Hadoop configuration takes 0.2 s, so local files are read without one.
      return Spec.read(java.nio.file.Path.of(location));
    }
    String text;
    try {
      Path path = new Path(location);
      try (InputStream in = path.getFileSystem(new Configuration()).open(path)) {
        text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      }
    } catch (IOException e) {
      throw new SpecException("spec " + location + ": cannot be read: " + e.getMessage(), e);
    }
    return Spec.parse(text);
  }
}
