package io.cryptodm.producer;

import io.cryptodm.contracts.Spec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Creates the topics of a spec or alters them to their declaration. All are checked before any is changed. */
final class DeclaredTopics {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final long LOOK_MS = 100;

  /** The topics whose partitions are the order of revisions: a key must never move to another one. */
  private static final Set<String> ORDERED = Set.of("quotes", "market");

  private final Admin admin;
  private final Spec spec;

  DeclaredTopics(Admin admin, Spec spec) {
    this.admin = admin;
    this.spec = spec;
  }

  /** Names of topics, in the order of the spec. */
  record Changes(List<String> created, List<String> altered, List<String> unchanged) {}

  /** A topic exists that cannot be altered to its declaration. The message says which, why, and what to do. */
  static final class RefusedChange extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RefusedChange(String message) {
      super(message);
    }
  }

  private record Step(Spec.Topic topic, boolean creates, Optional<Integer> partitions, List<AlterConfigOp> configs) {
    boolean alters() {
      return partitions.isPresent() || !configs.isEmpty();
    }
  }

  /**
   * Creates and alters what is needed, and waits until every created topic has all its replicas.
   *
   * @param dryRun only reports what would be done
   * @throws RefusedChange for the first topic that cannot be altered; then nothing was changed
   * @throws KafkaException when the cluster refuses or cannot be reached within 60 s
   */
  Changes apply(boolean dryRun) {
    List<Step> steps = spec.topics().entrySet().stream().map(topic -> plan(topic.getKey(), topic.getValue())).toList();
    Changes changes = new Changes(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (Step step : steps) {
      List<String> kind = step.creates() ? changes.created() : step.alters() ? changes.altered() : changes.unchanged();
      kind.add(step.topic().name());
      if (!dryRun) {
        perform(step);
      }
    }
    return changes;
  }

  private Step plan(String id, Spec.Topic topic) {
    TopicDescription standing = describe(topic.name());
    if (standing == null) {
      return new Step(topic, true, Optional.empty(), List.of());
    }
    return new Step(topic, false, partitions(id, topic, standing.partitions()), configs(topic));
  }

  private TopicDescription describe(String name) {
    try {
      return await(admin.describeTopics(List.of(name)).topicNameValues().get(name), "look at the topic " + name);
    } catch (UnknownTopicOrPartitionException e) {
      return null;
    }
  }

  private static Optional<Integer> partitions(String id, Spec.Topic topic, List<TopicPartitionInfo> standing) {
    for (TopicPartitionInfo partition : standing) {
      int replicas = partition.replicas().size();
      if (replicas != topic.replication()) {
        throw new RefusedChange(
            "the topic %s has %d replicas of partition %d where %d are declared; move them with kafka-reassign-partitions, then run it again"
                .formatted(topic.name(), replicas, partition.partition(), topic.replication()));
      }
    }
    if (standing.size() == topic.partitions()) {
      return Optional.empty();
    }
    String both = "the topic %s has %d partitions where %d are declared".formatted(topic.name(), standing.size(), topic.partitions());
    if (standing.size() > topic.partitions()) {
      throw new RefusedChange(both + "; Kafka cannot remove partitions: declare " + standing.size());
    }
    if (ORDERED.contains(id)) {
      throw new RefusedChange(both + "; more would move keys to other partitions, and the order of revisions is the log of a partition: declare "
          + standing.size());
    }
    return Optional.of(topic.partitions());
  }

  private List<AlterConfigOp> configs(Spec.Topic topic) {
    ConfigResource resource = resource(topic);
    Config standing = await(admin.describeConfigs(List.of(resource)).values().get(resource), "read the settings of the topic " + topic.name());
    List<AlterConfigOp> edits = new ArrayList<>();
    topic.config().forEach(
        (name, value) -> {
          ConfigEntry entry = standing.get(name);
          // A value that only happens to be the broker's default may change with it.
          boolean own = entry != null && entry.source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG;
          if (!own || !value.equals(entry.value())) {
            edits.add(new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET));
          }
        });
    return edits;
  }

  private static ConfigResource resource(Spec.Topic topic) {
    return new ConfigResource(ConfigResource.Type.TOPIC, topic.name());
  }

  private void perform(Step step) {
    Spec.Topic topic = step.topic();
    if (step.creates()) {
      create(topic);
    }
    step.partitions().ifPresent(
        count -> await(admin.createPartitions(Map.of(topic.name(), NewPartitions.increaseTo(count))).all(), "add partitions to the topic " + topic.name()));
    if (!step.configs().isEmpty()) {
      await(admin.incrementalAlterConfigs(Map.of(resource(topic), step.configs())).all(), "change the settings of the topic " + topic.name());
    }
  }

  private void create(Spec.Topic topic) {
    NewTopic wanted = new NewTopic(topic.name(), topic.partitions(), (short) topic.replication()).configs(new HashMap<>(topic.config()));
    try {
      await(admin.createTopics(List.of(wanted)).all(), "create the topic " + topic.name());
    } catch (TopicExistsException e) {
      // Another run was first.
    }
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!isWhole(describe(topic.name()), topic)) {
      if (System.nanoTime() > deadline) {
        throw new KafkaException("the topic " + topic.name() + " was created but has not all its replicas after " + LIMIT.toSeconds() + " s");
      }
      pause();
    }
  }

  private static boolean isWhole(TopicDescription standing, Spec.Topic topic) {
    return standing != null
        && standing.partitions().size() == topic.partitions()
        && standing.partitions().stream().allMatch(partition -> partition.leader() != null && partition.isr().size() == topic.replication());
  }

  private static void pause() {
    try {
      Thread.sleep(LOOK_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("interrupted");
    }
  }

  private <T> T await(KafkaFuture<T> answer, String what) {
    try {
      return answer.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw explain(e.getCause(), what);
    } catch (TimeoutException e) {
      throw explain(e, what);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("interrupted while it was to " + what);
    }
  }

  private KafkaException explain(Throwable cause, String what) {
    String servers = spec.kafka().bootstrapServers();
    if (cause instanceof UnknownTopicOrPartitionException || cause instanceof TopicExistsException) {
      return (KafkaException) cause;
    }
    if (cause instanceof AuthenticationException) {
      return new KafkaException("Kafka at " + servers + " does not accept the login: " + cause.getMessage());
    }
    if (cause instanceof AuthorizationException) {
      return new KafkaException("no permission to " + what + ": " + cause.getMessage());
    }
    if (cause instanceof TimeoutException || cause instanceof org.apache.kafka.common.errors.TimeoutException) {
      return new KafkaException("could not " + what + " within " + LIMIT.toSeconds() + " s: does Kafka answer at " + servers + "?");
    }
    return new KafkaException("could not " + what + ": " + cause.getMessage());
  }
}
