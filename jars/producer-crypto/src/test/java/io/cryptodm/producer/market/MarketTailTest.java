package io.cryptodm.producer.market;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cryptodm.contracts.MarketRecord;
import io.cryptodm.contracts.MarketTrade;
import io.cryptodm.contracts.MarketWriter;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.Sources;
import io.cryptodm.contracts.TradeWatch;
import io.cryptodm.producer.FakeClock;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class MarketTailTest {
  private static final Pair BTC = Pair.parse("BTC/USD");
  private static final TopicPartition PARTITION = new TopicPartition("market", 0);
  private static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");

  private final List<ConsumerRecord<byte[], byte[]>> topic = new ArrayList<>();
  private final FakeClock clock = new FakeClock(NOON.plusSeconds(86_400), 100);

  /** A consumer of all records, which gives those from its position on. */
  private final class Tape extends MockConsumer<byte[], byte[]> {
    Tape() {
      super("earliest");
      updatePartitions("market", List.of(new PartitionInfo("market", 0, Node.noNode(), new Node[0], new Node[0])));
      updateBeginningOffsets(Map.of(PARTITION, 0L));
      updateEndOffsets(Map.of(PARTITION, (long) topic.size()));
    }

    @Override
    public synchronized void seek(TopicPartition partition, long offset) {
      super.seek(partition, offset);
      topic.stream().filter(record -> record.offset() >= offset).forEach(this::addRecord);
    }

    @Override
    public synchronized Map<TopicPartition, OffsetAndTimestamp> offsetsForTimes(Map<TopicPartition, Long> times) {
      Map<TopicPartition, OffsetAndTimestamp> found = new HashMap<>();
      times.forEach(
          (partition, time) ->
              topic.stream()
                  .filter(record -> record.timestamp() >= time)
                  .findFirst()
                  .ifPresent(record -> found.put(partition, new OffsetAndTimestamp(record.offset(), record.timestamp()))));
      return found;
    }
  }

  /** @param backfill when the backfill began that sends it; null for none */
  private void produce(MarketRecord record, Instant at, Instant backfill) {
    RecordHeaders headers = new RecordHeaders();
    headers.add(Sources.HEADER, "coinbase".getBytes(StandardCharsets.UTF_8));
    if (backfill != null) {
      headers.add(Sources.BACKFILL, Long.toString(backfill.toEpochMilli()).getBytes(StandardCharsets.UTF_8));
    }
    byte[] value = MarketWriter.write(record);
    topic.add(
        new ConsumerRecord<>(
            "market", 0, topic.size(), at.toEpochMilli(), TimestampType.CREATE_TIME, 0, value.length, new byte[0], value, headers, Optional.empty()));
  }

  private static MarketTrade trade(long id, Instant time) {
    return new MarketTrade(BTC, id, time, BigDecimal.ONE, BigDecimal.ONE, null);
  }

  private List<MarketRecord> read() {
    List<MarketRecord> heard = new ArrayList<>();
    MarketTail.read("market", Tape::new, clock, (source, record, producedAt, from) -> heard.add(record));
    return heard;
  }

  @Test
  void aBackfillThatIsLongerThanTheTailHidesNothingOfTheProducerBefore() {
    TradeWatch watch = new TradeWatch(BTC, 900, 1000, NOON);
    produce(trade(1000, NOON), NOON, null);
    produce(watch, NOON.plusSeconds(1), null);
    Instant began = NOON.plus(Duration.ofHours(2));
    for (int i = 0; i < 600; i++) {
      produce(trade(i, NOON.minusSeconds(7200 - i)), began.plusSeconds(i), began);
    }
    assertEquals(List.of(trade(1000, NOON), watch), read());
  }

  @Test
  void aBackfillBesideTheProducerIsLeftOut() {
    Instant began = NOON.plusSeconds(10);
    List<MarketRecord> live = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      live.add(trade(1000 + i, NOON.plusSeconds(i)));
      produce(live.get(i), NOON.plusSeconds(i), null);
      if (i >= 10) {
        produce(trade(i, NOON.minusSeconds(7200)), NOON.plusSeconds(i), began);
      }
    }
    assertEquals(live, read());
  }

  @Test
  void twoBackfillsOneAfterTheOtherHideNothingEither() {
    TradeWatch watch = new TradeWatch(BTC, 900, 1000, NOON);
    produce(watch, NOON, null);
    for (Instant began : List.of(NOON.plusSeconds(3600), NOON.plusSeconds(7200))) {
      for (int i = 0; i < 400; i++) {
        produce(trade(i, NOON.minusSeconds(7200)), began.plusSeconds(i), began);
      }
    }
    assertEquals(List.of(watch), read());
  }

  @Test
  void aTopicOfABackfillAloneIsEmpty() {
    for (int i = 0; i < 10; i++) {
      produce(trade(i, NOON), NOON.plusSeconds(i), NOON);
    }
    assertEquals(List.of(), read());
  }
}
