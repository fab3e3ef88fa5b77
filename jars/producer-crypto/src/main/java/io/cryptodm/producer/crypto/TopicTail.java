package io.cryptodm.producer.crypto;

import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.QuoteParser;
import io.cryptodm.contracts.Sources;
import io.cryptodm.producer.Backoff;
import io.cryptodm.producer.Timekeeper;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.header.Header;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What earlier runs left at the end of the topic: which minutes each pair has, and its newest bar. */
final class TopicTail {
  private static final Logger LOG = LoggerFactory.getLogger(TopicTail.class);
  private static final long LEAST = 5_000;
  private static final long MOST = 50_000;
  private static final long PER_COIN = 100;

  /** Which sources count: a simulation does not fill a gap of the market, nor the other way round. */
  enum Family {
    MARKET(Sources.ALPACA, Sources.ALPACA_HISTORY),
    SIMULATION(Sources.SIMULATE);

    private final Set<String> sources;

    Family(String... sources) {
      this.sources = Set.of(sources);
    }
  }

  private final Map<Family, Map<Pair, TreeSet<Instant>>> minutes = new HashMap<>();
  private final Map<Family, Map<Pair, QuoteBar>> newest = new HashMap<>();

  /** The minutes that the tail holds of a pair, oldest first. */
  NavigableSet<Instant> minutes(Family family, Pair pair) {
    TreeSet<Instant> found = minutes.getOrDefault(family, Map.of()).get(pair);
    return found == null ? Collections.emptyNavigableSet() : found;
  }

  /** The last revision of the newest minute of a pair, or null. */
  QuoteBar newest(Family family, Pair pair) {
    return newest.getOrDefault(family, Map.of()).get(pair);
  }

  void add(QuoteBar bar, String source) {
    for (Family family : Family.values()) {
      if (family.sources.contains(source)) {
        minutes.computeIfAbsent(family, f -> new HashMap<>()).computeIfAbsent(bar.pair(), p -> new TreeSet<>()).add(bar.start());
        newest.computeIfAbsent(family, f -> new HashMap<>()).merge(bar.pair(), bar, (old, next) -> next.start().isBefore(old.start()) ? old : next);
      }
    }
  }

  /** Reads the tail, waiting for broker and topic; an empty one when the run stops or reading is not allowed. */
  static TopicTail read(String topic, int coins, Supplier<Consumer<byte[], byte[]>> consumers, Timekeeper time) {
    boolean said = false;
    Backoff backoff = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(30), new Random());
    while (!time.stopped()) {
      Duration pause = Duration.ofMillis(500);
      try (Consumer<byte[], byte[]> consumer = consumers.get()) {
        return read(topic, Math.min(MOST, Math.max(LEAST, coins * PER_COIN)), consumer, time);
      } catch (AuthorizationException e) {
        LOG.warn("may not read the topic {}, so gaps of earlier runs stay: {}", topic, e.getMessage());
        return new TopicTail();
      } catch (AuthenticationException e) {
        // Each new client signs in again, and small brokers take few sign-ins a second.
        pause = backoff.next(Duration.ZERO);
        if (!said) {
          LOG.warn("cannot read the topic {} yet: Kafka does not accept the login: {}", topic, e.getMessage());
          said = true;
        }
      } catch (KafkaException e) {
        if (!said) {
          LOG.warn("waiting for the topic {}: {}", topic, e.getMessage());
          said = true;
        }
      }
      time.pause(pause);
    }
    return new TopicTail();
  }

  private static TopicTail read(String topic, long most, Consumer<byte[], byte[]> consumer, Timekeeper time) {
    TopicTail tail = new TopicTail();
    List<PartitionInfo> infos = consumer.partitionsFor(topic);
    if (infos == null || infos.isEmpty()) {
      throw new KafkaException("there is no such topic yet");
    }
    List<TopicPartition> partitions = infos.stream().map(info -> new TopicPartition(topic, info.partition())).toList();
    Map<TopicPartition, Long> ends = new HashMap<>(consumer.endOffsets(partitions));
    Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions);
    ends.entrySet().removeIf(end -> end.getValue() <= starts.get(end.getKey()));
    if (ends.isEmpty()) {
      return tail;
    }
    consumer.assign(ends.keySet());
    ends.forEach((partition, end) -> consumer.seek(partition, Math.max(starts.get(partition), end - most)));
    while (!ends.isEmpty() && !time.stopped()) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
        Header source = record.headers().lastHeader(Sources.HEADER);
        String name = Sources.of(source == null ? null : source.value());
        for (QuoteBar bar : QuoteParser.parse(record.value(), Instant.ofEpochMilli(record.timestamp())).events()) {
          tail.add(bar, name);
        }
      }
      // Positions, not records: the last offsets may be control records.
      ends.entrySet().removeIf(end -> consumer.position(end.getKey()) >= end.getValue());
    }
    return tail;
  }
}
