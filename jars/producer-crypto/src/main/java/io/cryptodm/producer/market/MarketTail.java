package io.cryptodm.producer.market;

import io.cryptodm.contracts.Backoff;
import io.cryptodm.contracts.MarketParser;
import io.cryptodm.contracts.MarketRecord;
import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.Sources;
import io.cryptodm.contracts.TradeHole;
import io.cryptodm.contracts.TradeWatch;
import io.cryptodm.producer.Clock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of the topic of market trades, from which a run learns what earlier ones have known: whatever they watched and every open hole is repeated there
 * within {@link #REPEATED}. It is read in order and kept nowhere.
 */
final class MarketTail {
  private static final Logger LOG = LoggerFactory.getLogger(MarketTail.class);

  /** How often a producer repeats what it watches. */
  static final Duration REPEATED = Duration.ofSeconds(30);

  /** How far back it is read before the newest record: enough for all minutes whose bars or coverage may not have been sent. */
  private static final Duration LENGTH = Duration.ofMinutes(4);

  private MarketTail() {}

  /** Hears the records, in the order of their partition. */
  interface Listener {
    /** @param from all records of the partition were read that were produced from then on */
    void record(String source, MarketRecord record, Instant producedAt, Instant from);
  }

  /** Reads it, waiting for broker and topic. False when the run stops before. */
  static boolean read(String topic, Supplier<Consumer<byte[], byte[]>> consumers, Clock time, Listener listener) {
    Backoff backoff = Backoff.fullJitter(Duration.ofSeconds(1), Duration.ofSeconds(30), new Random());
    while (!time.stopped()) {
      try (Consumer<byte[], byte[]> consumer = consumers.get()) {
        read(topic, consumer, time, listener);
        return !time.stopped();
      } catch (KafkaException e) {
        if (backoff.failures() == 0) {
          LOG.warn("waiting for the topic {}: {}", topic, e.getMessage());
        }
      }
      time.pause(backoff.next());
    }
    return false;
  }

  private static void read(String topic, Consumer<byte[], byte[]> consumer, Clock time, Listener listener) {
    List<PartitionInfo> infos = consumer.partitionsFor(topic);
    if (infos == null || infos.isEmpty()) {
      throw new KafkaException("there is no such topic yet");
    }
    List<TopicPartition> partitions = infos.stream().map(info -> new TopicPartition(topic, info.partition())).toList();
    Map<TopicPartition, Long> ends = new HashMap<>(consumer.endOffsets(partitions));
    Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions);
    ends.entrySet().removeIf(end -> end.getValue() <= starts.get(end.getKey()));
    Map<TopicPartition, OffsetAndTimestamp> begins = begins(consumer, ends, starts, time);
    consumer.assign(ends.keySet());
    begins.forEach((partition, begin) -> consumer.seek(partition, begin.offset()));
    while (!ends.isEmpty() && !time.stopped()) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
        if (record.headers().lastHeader(Sources.BACKFILL) != null) {
          continue;
        }
        Header source = record.headers().lastHeader(Sources.HEADER);
        Instant producedAt = Instant.ofEpochMilli(record.timestamp());
        MarketRecord read = MarketParser.read(record.value(), producedAt).record();
        if (read != null && (read instanceof MarketTrade || read instanceof TradeHole || read instanceof TradeWatch)) {
          Instant from = Instant.ofEpochMilli(begins.get(new TopicPartition(record.topic(), record.partition())).timestamp());
          listener.record(Sources.of(source == null ? null : source.value()), read, producedAt, from);
        }
      }
      // Positions, not records: the last offsets may be control records.
      ends.entrySet().removeIf(end -> consumer.position(end.getKey()) >= end.getValue());
    }
  }

  /** Where the tail of each partition begins: by the time of its own newest record. With the time from which on nothing is left out. */
  private static Map<TopicPartition, OffsetAndTimestamp> begins(
      Consumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends, Map<TopicPartition, Long> starts, Clock time) {
    Map<TopicPartition, Long> newest = new HashMap<>();
    ends.forEach((partition, end) -> newest.put(partition, newest(consumer, partition, starts.get(partition), end, time)));
    Map<TopicPartition, Long> from = new HashMap<>();
    newest.forEach((partition, at) -> from.put(partition, Math.max(0, at - LENGTH.toMillis())));
    Map<TopicPartition, OffsetAndTimestamp> begins = new HashMap<>();
    Map<TopicPartition, OffsetAndTimestamp> found = from.isEmpty() ? Map.of() : consumer.offsetsForTimes(from);
    ends.keySet().forEach(partition -> {
      OffsetAndTimestamp at = found.get(partition);
      long offset = at == null ? starts.get(partition) : at.offset();
      // Before the first record of a topic that was cut there may have been others.
      boolean isCut = offset > 0 && offset == starts.get(partition);
      begins.put(partition, new OffsetAndTimestamp(offset, isCut && at != null ? at.timestamp() : from.get(partition)));
    });
    return begins;
  }

  /**
   * When the newest record of a partition was produced, in milliseconds. A backfill may have sent more than the tail holds since a producer has stopped: its
   * records say when it began, and the search goes on before them.
   */
  private static long newest(Consumer<byte[], byte[]> consumer, TopicPartition partition, long start, long end, Clock time) {
    consumer.assign(List.of(partition));
    long offset = end - 1;
    while (!time.stopped()) {
      consumer.seek(partition, offset);
      ConsumerRecord<byte[], byte[]> record = first(consumer, partition, end, time);
      Header backfill = record == null ? null : record.headers().lastHeader(Sources.BACKFILL);
      if (backfill == null) {
        return record == null ? time.now().toEpochMilli() : record.timestamp();
      }
      long began = Math.min(record.timestamp(), Long.parseLong(new String(backfill.value(), StandardCharsets.UTF_8)));
      OffsetAndTimestamp at = consumer.offsetsForTimes(Map.of(partition, began)).get(partition);
      if (at == null || at.offset() <= start || at.offset() > offset) {
        return began;
      }
      offset = at.offset() - 1;
    }
    return time.now().toEpochMilli();
  }

  /** The next record; null without any. */
  private static ConsumerRecord<byte[], byte[]> first(Consumer<byte[], byte[]> consumer, TopicPartition partition, long end, Clock time) {
    while (!time.stopped()) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
        return record;
      }
      // The last offset may be no record.
      if (consumer.position(partition) >= end) {
        return null;
      }
    }
    return null;
  }
}
