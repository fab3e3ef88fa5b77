package io.cryptodm.producer;

import io.cryptodm.contracts.Spec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The room in a topic, asked of the brokers again and again. Jobs remove what they have taken, so a topic that is nearly as large as it may be is
 * full of records that they have not taken: more would have to be removed unread.
 */
public final class TopicRoom implements Room, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TopicRoom.class);

  /** Parts of the bound at which producers pause and go on: the rest is for what is under way, and for other programs. */
  private static final double PAUSE = 0.9;
  private static final double GO_ON = 0.8;
  private static final long LOOK_MS = 1000;
  private static final long TIMEOUT_S = 10;

  private final String topic;
  private final Spec.Bound bound;
  private final Supplier<Admin> clients;
  private Thread thread;
  private String unknown;
  private volatile String full;

  private TopicRoom(String topic, Spec.Bound bound, Supplier<Admin> clients) {
    this.topic = topic;
    this.bound = bound;
    this.clients = clients;
  }

  /** The room of a topic; without end for one that has no bound. */
  public static TopicRoom of(Spec.Topic topic, KafkaSettings kafka) {
    return new TopicRoom(topic.name(), topic.bound(), kafka::newAdmin);
  }

  @Override
  public String full() {
    return full;
  }

  /** Begins to ask. */
  public void watch() {
    if (bound == null) {
      return;
    }
    thread = new Thread(this::run, "room");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    if (thread != null) {
      thread.interrupt();
    }
  }

  private void run() {
    try (Admin admin = clients.get()) {
      while (!Thread.currentThread().isInterrupted()) {
        look(admin);
        Thread.sleep(LOOK_MS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (KafkaException e) {
      // The sender says the same of its own client.
      LOG.warn("the size of {} is unknown: {}", topic, e.toString());
    }
  }

  private void look(Admin admin) throws InterruptedException {
    try {
      full = judge(topic, bound, full != null, bytes(admin));
      unknown = null;
    } catch (ExecutionException | TimeoutException | KafkaException e) {
      // What was found last holds: a broker that is away takes nothing anyway.
      String reason = String.valueOf(e.getCause() == null ? e : e.getCause());
      if (!reason.equals(unknown)) {
        LOG.warn("the size of {} is unknown: {}", topic, reason);
      }
      unknown = reason;
    }
  }

  /** Bytes of all partitions; of several replicas the largest counts. */
  private long bytes(Admin admin) throws InterruptedException, ExecutionException, TimeoutException {
    List<Integer> brokers = admin.describeCluster().nodes().get(TIMEOUT_S, TimeUnit.SECONDS).stream().map(Node::id).toList();
    Map<Integer, Map<String, LogDirDescription>> folders = admin.describeLogDirs(brokers).allDescriptions().get(TIMEOUT_S, TimeUnit.SECONDS);
    Map<Integer, Long> largest = new HashMap<>();
    folders.values().stream()
        .flatMap(its -> its.values().stream())
        .flatMap(folder -> folder.replicaInfos().entrySet().stream())
        .filter(replica -> replica.getKey().topic().equals(topic))
        .forEach(replica -> largest.merge(replica.getKey().partition(), replica.getValue().size(), Math::max));
    return largest.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Why a topic of this size is full; null when it has room. @param paused that it was full before */
  static String judge(String topic, Spec.Bound bound, boolean paused, long bytes) {
    if (bytes < bound.bytes() * (paused ? GO_ON : PAUSE)) {
      return null;
    }
    return "%s holds %s of at most %s, which the jobs have not taken yet".formatted(topic, megabytes(bytes), megabytes(bound.bytes()));
  }

  private static String megabytes(long bytes) {
    return "%,d MB".formatted(Math.round(bytes / 1e6));
  }
}
