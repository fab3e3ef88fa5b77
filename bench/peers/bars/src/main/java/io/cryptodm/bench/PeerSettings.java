package io.cryptodm.bench;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/**
 * Settings of a peer, from a properties file.
 *
 * @param catalog properties of the Iceberg catalog, those that begin with {@code catalog.}
 * @param table such as {@code crypto_db.crypto_quote}
 * @param folder of its own, for checkpoints
 */
public record PeerSettings(String bootstrapServers, String topic, Map<String, String> catalog, String table, Path folder) {
  private static final String CATALOG = "catalog.";

  public static PeerSettings read(Path file) throws IOException {
    Properties given = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      given.load(reader);
    }
    Map<String, String> catalog = new HashMap<>();
    for (String name : given.stringPropertyNames()) {
      if (name.startsWith(CATALOG)) {
        catalog.put(name.substring(CATALOG.length()), given.getProperty(name));
      }
    }
    return new PeerSettings(
        given.getProperty("bootstrapServers"), given.getProperty("topic"), catalog, given.getProperty("table"), Path.of(given.getProperty("folder")));
  }
}
