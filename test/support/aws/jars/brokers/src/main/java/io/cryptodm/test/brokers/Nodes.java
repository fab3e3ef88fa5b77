package io.cryptodm.test.brokers;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;

/** Runs a Kafka node for each settings file in one JVM, which loads the classes once. Prints {@code ready} when all accept requests. */
public final class Nodes {
  private Nodes() {}

  public static void main(String[] files) throws IOException {
    String cluster = Uuid.randomUuid().toString();
    List<KafkaRaftServer> nodes = new ArrayList<>();
    for (String file : files) {
      StorageTool.execute(new String[] {"format", "--cluster-id", cluster, "--config", file}, System.err);
      Properties settings = new Properties();
      try (InputStream in = Files.newInputStream(Path.of(file))) {
        settings.load(in);
      }
      nodes.add(new KafkaRaftServer(new KafkaConfig(settings), Time.SYSTEM));
    }
    Runtime.getRuntime().addShutdownHook(new Thread(() -> inParallel(nodes, KafkaRaftServer::shutdown), "stop"));
    try {
      // In parallel, because each waits for the votes of the others.
      inParallel(nodes, KafkaRaftServer::startup);
    } catch (RuntimeException e) {
      e.printStackTrace();
      System.exit(1);
    }
    System.out.println("ready");
    nodes.get(0).awaitShutdown();
  }

  private static void inParallel(List<KafkaRaftServer> nodes, Consumer<KafkaRaftServer> action) {
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (KafkaRaftServer node : nodes) {
      CompletableFuture<Void> one = new CompletableFuture<>();
      Thread thread = new Thread(
          () -> {
            try {
              action.accept(node);
              one.complete(null);
            } catch (RuntimeException | Error e) {
              one.completeExceptionally(e);
            }
          });
      thread.start();
      all.add(one);
    }
    CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).join();
  }
}
