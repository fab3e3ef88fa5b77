package io.cryptodm.broker;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import kafka.Kafka;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;

/**
 * One Kafka node in one JVM: formats the log folder when it is new, then runs the broker. A second JVM for formatting
 * would add about a second to every first start.
 *
 * <p>New storage gets the cluster id that is named, else a random one; storage that is there keeps its own. Exit codes: 2 bad arguments, 1 the format failed; after that the broker's own.
 */
public final class Broker {

  private Broker() {}

  public static void main(String[] args) throws IOException {
    if (args.length < 1 || args.length > 2) {
      System.err.println("usage: Broker server.properties [CLUSTER-ID]");
      System.exit(2);
    }
    Properties server = new Properties();
    try (InputStream in = Files.newInputStream(Path.of(args[0]))) {
      server.load(in);
    }
    Path logFolder = Path.of(server.getProperty("log.dirs"));
    if (!Files.exists(logFolder.resolve("meta.properties"))) {
      format(args[0], args.length == 2 ? args[1] : Uuid.randomUuid().toString());
    }
    // Synced at each record, nothing is left to the clock.
    if (!"1".equals(server.getProperty("log.flush.interval.messages"))) {
      ClockWatch.start(Long.parseLong(server.getProperty("log.flush.scheduler.interval.ms", "1000")));
    }
    Kafka.main(new String[] {args[0]});
  }

  /** The cluster id stays in the folder's meta.properties, which Kafka writes last. */
  private static void format(String serverFile, String clusterId) {
    int exitCode =
        StorageTool.execute(
            new String[] {"format", "--cluster-id", clusterId, "--config", serverFile, "--ignore-formatted"},
            System.err);
    if (exitCode != 0) {
      System.err.println("formatting the log folder failed");
      System.exit(1);
    }
  }
}
