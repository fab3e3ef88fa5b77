package io.cryptodm.contracts;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigData;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.provider.ConfigProvider;

/**
 * Puts the lake's credential into the settings of a client of Kafka: whatever it is asked for is the token in the file of its parameter
 * {@code file}. Kafka's own providers take the file's path from the reference, where a colon ends it.
 */
public final class CredentialProvider implements ConfigProvider {
  private CredentialFile file;

  @Override
  public void configure(Map<String, ?> parameters) {
    if (!(parameters.get("file") instanceof String path)) {
      throw new ConfigException("the provider of the credential needs the parameter \"file\"");
    }
    file = new CredentialFile(Path.of(path));
  }

  @Override
  public ConfigData get(String path) {
    return new ConfigData(Map.of());
  }

  /** @throws ConfigException when the file has no token */
  @Override
  public ConfigData get(String path, Set<String> keys) {
    try {
      String token = file.read();
      return new ConfigData(keys.stream().collect(Collectors.toMap(Function.identity(), key -> token)));
    } catch (IOException e) {
      throw new ConfigException(e.getMessage());
    }
  }

  @Override
  public void close() {}
}
