package io.cryptodm.producer.crypto;

import io.cryptodm.contracts.Backoff;
import io.cryptodm.contracts.Coverage;
import io.cryptodm.contracts.MinuteRanges;
import io.cryptodm.contracts.Pair;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.QuoteParser;
import io.cryptodm.contracts.QuoteRecord;
import io.cryptodm.contracts.Sources;
import io.cryptodm.contracts.Spec;
import io.cryptodm.contracts.UsageException;
import io.cryptodm.producer.Clock;
import io.cryptodm.producer.market.MarketSource;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
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

/** The end of the topic as earlier runs left it: which minutes of each pair have a bar, which are covered without one, and its newest bar. */
final class TopicTail {
  private static final Logger LOG = LoggerFactory.getLogger(TopicTail.class);
  /** Records of a partition: two slices of history ({@link History#SLICE_ROWS}), so that it shows what a killed run left of the last one. */
  private static final long LEAST = 2L * History.SLICE_ROWS;
  private static final long MOST = 50_000;
  /** How far back to look for pairs without any record at the end. */
  private static final long FARTHEST = 800_000;
  private static final long PER_COIN = 100;

  /** Which sources count: a simulation fills no gap of the market, and the market none of a simulation. */
  enum Family {
    MARKET("prices of Alpaca", Sources.ALPACA, Sources.ALPACA_HISTORY),
    EXCHANGE(
        "prices of an exchange", Sources.COINBASE, Sources.KRAKEN, Sources.ALPACA_STREAM, Sources.COINBASE + Sources.CANDLES,
        Sources.KRAKEN + Sources.CANDLES),
    SIMULATION("simulated prices", Sources.SIMULATE),
    RECORDING("recorded prices", Sources.REPLAY);

    private final String words;
    private final Set<String> sources;

    Family(String words, String... sources) {
      this.words = words;
      this.sources = Set.of(sources);
    }
  }

  private final Map<Family, Map<Pair, MinuteRanges>> bars = new HashMap<>();
  private final Map<Family, Map<Pair, QuoteBar>> newest = new HashMap<>();
  private final Map<Family, Map<Pair, MinuteRanges>> covered = new HashMap<>();
  private final Map<Pair, Instant> oldest = new HashMap<>();
  private final Map<Pair, Instant> oldestOfTrades = new HashMap<>();
  private boolean whole = true;
  private boolean isCut;

  /** The minutes with a bar of a pair in the tail. */
  MinuteRanges bars(Family family, Pair pair) {
    MinuteRanges found = bars.getOrDefault(family, Map.of()).get(pair);
    return found == null ? new MinuteRanges() : found;
  }

  /** The minutes of a pair that have a bar or are covered without one. */
  MinuteRanges known(Family family, Pair pair) {
    MinuteRanges known = new MinuteRanges();
    MinuteRanges ofPair = covered.getOrDefault(family, Map.of()).get(pair);
    if (ofPair != null) {
      known.addAll(ofPair);
    }
    known.addAll(bars(family, pair));
    return known;
  }

  /** The last revision of the newest minute of a pair, or null. */
  QuoteBar newest(Family family, Pair pair) {
    return newest.getOrDefault(family, Map.of()).get(pair);
  }

  /** The newest minute of a pair with a bar of any source; {@link Instant#MIN} for none. */
  Instant newestMinute(Pair pair) {
    return newest.values().stream().map(ofFamily -> ofFamily.get(pair)).filter(Objects::nonNull).map(QuoteBar::start).max(Instant::compareTo).orElse(Instant.MIN);
  }

  /**
   * Refuses recorded prices beside others of the same coin, which nobody could tell apart in a candle.
   *
   * @param own what would be sent
   * @param kept what the lake has besides the topic
   * @throws UsageException for the first coin that has others
   */
  void refuseMix(Family own, Collection<Pair> pairs, Collection<Spec.Kept> kept) {
    for (Pair pair : pairs) {
      for (Family other : Family.values()) {
        Optional<Instant> last = other == own ? Optional.empty() : last(other, pair, kept);
        if (last.isPresent() && (own == Family.RECORDING || other == Family.RECORDING)) {
          throw new UsageException(
              pair + " has " + other.words + " in this lake, the last of " + last.get() + ": " + own.words
                  + " would mix with them. Take a lake of its own for a recording, or give \"produce quotes\" or \"backfill\" the flag --mix");
        }
      }
    }
  }

  private Optional<Instant> last(Family family, Pair pair, Collection<Spec.Kept> kept) {
    Stream<Instant> inTopic = Stream.ofNullable(newest(family, pair)).map(QuoteBar::start);
    Stream<Instant> inTables = kept.stream().filter(its -> its.pair().equals(pair) && family.sources.contains(its.source())).map(Spec.Kept::last);
    return Stream.concat(inTopic, inTables).max(Instant::compareTo);
  }

  /**
   * What an earlier run has left of the past of coins, which goes from their first minute of an exchange's trades back, the newest candles first. None where
   * the topic does not show it.
   *
   * @param length of it
   */
  Map<Pair, MarketSource.Past> leftPasts(Collection<Pair> pairs, Duration length) {
    Map<Pair, MarketSource.Past> left = new HashMap<>();
    for (Pair pair : pairs) {
      Instant first = oldestOfTrades.get(pair);
      // Only a coin without bars of another kind has got a past.
      boolean isAlone = Arrays.stream(Family.values()).allMatch(family -> family == Family.EXCHANGE || newest(family, pair) == null);
      if (whole && !isCut && first != null && isAlone && first.minus(length).isBefore(oldest.get(pair))) {
        left.put(pair, new MarketSource.Past(first.minus(length), oldest.get(pair)));
      }
    }
    return left;
  }

  /** Notes how far back a producer was. A bar of a backfill says nothing of that. */
  void noteOldest(QuoteBar bar, String source) {
    oldest.merge(bar.pair(), bar.start(), TopicTail::earlier);
    if (Family.EXCHANGE.sources.contains(source) && !source.endsWith(Sources.CANDLES)) {
      oldestOfTrades.merge(bar.pair(), bar.start(), TopicTail::earlier);
    }
  }

  void add(QuoteBar bar, String source) {
    for (Family family : Family.values()) {
      if (family.sources.contains(source)) {
        bars.computeIfAbsent(family, f -> new HashMap<>()).computeIfAbsent(bar.pair(), p -> new MinuteRanges()).add(bar.start(), bar.end());
        newest.computeIfAbsent(family, f -> new HashMap<>()).merge(bar.pair(), bar, (old, next) -> next.start().isBefore(old.start()) ? old : next);
      }
    }
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }

  /** Minutes that were watched; a source that was down watched nothing. */
  void add(Coverage coverage, String source) {
    for (Family family : Family.values()) {
      if (family.sources.contains(source) && coverage.state() != Coverage.State.SOURCE_DOWN) {
        covered.computeIfAbsent(family, f -> new HashMap<>()).computeIfAbsent(coverage.pair(), p -> new MinuteRanges()).add(coverage.from(), coverage.to());
      }
    }
  }

  private boolean knowsAll(Family family, Collection<Pair> pairs) {
    return pairs.stream().allMatch(pair -> newest(family, pair) != null || covered.getOrDefault(family, Map.of()).containsKey(pair));
  }

  /**
   * Reads the tail, waiting for broker and topic; an empty one when the run stops or reading is not allowed.
   *
   * @param family whose pairs are looked for farther back when the end of the topic has no record of one of them; null for none
   * @param permissions whether a refusal is a permission that is missing; else only another lake's broker refuses, and that is waited out
   */
  static TopicTail read(
      String topic, Collection<Pair> pairs, Family family, boolean permissions, Supplier<Consumer<byte[], byte[]>> consumers, Clock time) {
    boolean said = false;
    Backoff backoff = Backoff.fullJitter(Duration.ofSeconds(1), Duration.ofSeconds(30), new Random());
    while (!time.stopped()) {
      Duration pause = Duration.ofMillis(500);
      try (Consumer<byte[], byte[]> consumer = consumers.get()) {
        long records = Math.min(MOST, Math.max(LEAST, pairs.size() * PER_COIN));
        TopicTail tail = read(topic, records, consumer, time);
        // A simulation may have run for days since the market was last followed.
        while (family != null && !tail.whole && !tail.knowsAll(family, pairs) && records < FARTHEST) {
          records *= 4;
          tail = read(topic, records, consumer, time);
        }
        return tail;
      } catch (AuthorizationException e) {
        if (permissions) {
          LOG.warn("no permission to read the topic {}, so gaps of earlier runs are not filled: {}", topic, e.getMessage());
          return new TopicTail();
        }
        if (!said) {
          LOG.warn("waiting for the topic {}: the broker that answers is another lake's", topic);
          said = true;
        }
      } catch (AuthenticationException e) {
        // Every new client signs in again, and small brokers accept few sign-ins a second.
        pause = backoff.next();
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

  private static TopicTail read(String topic, long most, Consumer<byte[], byte[]> consumer, Clock time) {
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
    tail.isCut = starts.values().stream().anyMatch(start -> start > 0);
    tail.whole = ends.entrySet().stream().allMatch(end -> end.getValue() - most <= starts.get(end.getKey()));
    ends.forEach((partition, end) -> consumer.seek(partition, Math.max(starts.get(partition), end - most)));
    while (!ends.isEmpty() && !time.stopped()) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
        Header source = record.headers().lastHeader(Sources.HEADER);
        String name = Sources.of(source == null ? null : source.value());
        QuoteRecord read = QuoteParser.read(record.value(), Instant.ofEpochMilli(record.timestamp()));
        read.bars().forEach(bar -> tail.add(bar, name));
        if (record.headers().lastHeader(Sources.BACKFILL) == null) {
          read.bars().forEach(bar -> tail.noteOldest(bar, name));
        }
        if (read.coverage() != null) {
          tail.add(read.coverage(), name);
        }
      }
      // Positions, not records: the last offsets may be control records.
      ends.entrySet().removeIf(end -> consumer.position(end.getKey()) >= end.getValue());
    }
    return tail;
  }
}
