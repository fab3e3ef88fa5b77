package io.cryptodm.producer;

import io.cryptodm.contracts.Coverage;
import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.QuoteParser;
import io.cryptodm.contracts.QuoteRecord;
import io.cryptodm.contracts.Sources;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A run whose records end in memory. */
public final class Sink {
  public final MockProducer<byte[], byte[]> kafka = new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
  public final RunState state = new RunState();

  /** Whether records with faults may be sent; else they fail the test. */
  public boolean mayHoldFaults;
  public final Run run;

  public Sink(Clock time, OptionalLong count, OptionalDouble seconds) {
    run = new Run(new ReliableSender("quotes", () -> kafka, state, time), state, time, count, seconds);
  }

  /** A bar as text: source, key, start and close. */
  public List<String> quotes() {
    return kafka.history().stream()
        .flatMap(record -> read(record).bars().stream()
            .map(bar -> source(record) + " " + new String(record.key()) + " " + bar.start() + " " + bar.close().stripTrailingZeros().toPlainString()))
        .toList();
  }

  public List<QuoteBar> bars() {
    return kafka.history().stream().flatMap(record -> read(record).bars().stream()).toList();
  }

  /** Coverage as text: source, key, state, start and end; without records that a later one supersedes. */
  public List<String> watched() {
    Map<String, String> last = new LinkedHashMap<>();
    for (ProducerRecord<byte[], byte[]> record : kafka.history()) {
      Coverage coverage = read(record).coverage();
      if (coverage != null) {
        last.put(
            source(record) + " " + new String(record.key()) + " " + coverage.state().wire() + " " + coverage.from(), " to " + coverage.to());
      }
    }
    return last.entrySet().stream().map(entry -> entry.getKey() + entry.getValue()).toList();
  }

  /** Records of coverage. */
  public long uncounted() {
    return kafka.history().stream().filter(record -> read(record).coverage() != null).count();
  }

  /** The faults of all records. */
  public List<String> faults() {
    return kafka.history().stream().flatMap(record -> read(record).faults().stream()).toList();
  }

  private QuoteRecord read(ProducerRecord<byte[], byte[]> record) {
    QuoteRecord read = QuoteParser.read(record.value(), Instant.MAX.minusSeconds(86_400));
    if (!mayHoldFaults && !read.faults().isEmpty()) {
      throw new AssertionError(read.faults().toString());
    }
    return read;
  }

  private static String source(ProducerRecord<byte[], byte[]> record) {
    return Sources.of(record.headers().lastHeader(Sources.HEADER).value());
  }
}
