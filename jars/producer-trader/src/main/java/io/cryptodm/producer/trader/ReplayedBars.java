package io.cryptodm.producer.trader;

import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.QuoteParser;
import io.cryptodm.contracts.Sources;
import io.cryptodm.producer.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The bars of a recording that is being replayed, as they come into the topic of quotes: simulated trades belong into their minutes. */
final class ReplayedBars {
  private static final Logger LOG = LoggerFactory.getLogger(ReplayedBars.class);

  /** Both producers start together; the replay may be the faster one. */
  private static final Duration BACK = Duration.ofMinutes(1);

  private static final Duration RETRY = Duration.ofSeconds(5);
  private static final int MOST = 2_000;

  private final BlockingQueue<QuoteBar> bars = new ArrayBlockingQueue<>(MOST);
  private final Clock time;

  ReplayedBars(Clock time) {
    this.time = time;
  }

  /** Follows the topic in a thread of its own, which ends with the process. */
  void follow(String topic, Supplier<Consumer<byte[], byte[]>> consumers) {
    Thread thread = new Thread(() -> followUntilStopped(topic, consumers), "replayed-bars");
    thread.setDaemon(true);
    thread.start();
  }

  /** The next bar; null while none is waiting. */
  QuoteBar poll() {
    return bars.poll();
  }

  private void followUntilStopped(String topic, Supplier<Consumer<byte[], byte[]>> consumers) {
    Instant since = time.now().minus(BACK);
    boolean isNamed = false;
    while (!time.stopped()) {
      try (Consumer<byte[], byte[]> consumer = consumers.get()) {
        begin(consumer, topic, since);
        while (!time.stopped()) {
          for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) {
            take(record);
            since = Instant.ofEpochMilli(record.timestamp() + 1);
          }
        }
      } catch (InterruptedException e) {
        return;
      } catch (KafkaException e) {
        // Without the permission to read, or while the broker is away: trades are made as if there were no replay.
        if (!isNamed) {
          LOG.info("recordings that are replayed are not followed: {}", e.getMessage());
          isNamed = true;
        }
        time.pause(RETRY);
      }
    }
  }

  private static void begin(Consumer<byte[], byte[]> consumer, String topic, Instant since) {
    List<TopicPartition> partitions = consumer.partitionsFor(topic).stream().map(info -> new TopicPartition(topic, info.partition())).toList();
    consumer.assign(partitions);
    Map<TopicPartition, OffsetAndTimestamp> found =
        consumer.offsetsForTimes(partitions.stream().collect(Collectors.toMap(partition -> partition, partition -> since.toEpochMilli())));
    consumer.seekToEnd(partitions);
    found.forEach(
        (partition, at) -> {
          if (at != null) {
            consumer.seek(partition, at.offset());
          }
        });
  }

  private void take(ConsumerRecord<byte[], byte[]> record) throws InterruptedException {
    Header source = record.headers().lastHeader(Sources.HEADER);
    if (Sources.REPLAY.equals(Sources.of(source == null ? null : source.value()))) {
      for (QuoteBar bar : QuoteParser.parse(record.value(), Instant.ofEpochMilli(record.timestamp())).events()) {
        // The bar of a running minute comes again.
        if (!Boolean.FALSE.equals(bar.complete())) {
          bars.put(bar);
        }
      }
    }
  }
}
