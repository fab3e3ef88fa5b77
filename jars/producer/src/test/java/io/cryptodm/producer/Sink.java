package io.cryptodm.producer;

import io.cryptodm.contracts.QuoteBar;
import io.cryptodm.contracts.QuoteParser;
import io.cryptodm.contracts.Sources;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A run whose records end in memory. */
public final class Sink {
  public final MockProducer<byte[], byte[]> kafka = new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
  public final Tally tally = new Tally();
  public final Run run;

  public Sink(Timekeeper time, OptionalLong count, OptionalDouble seconds) {
    run = new Run(new Outbox("quotes", () -> kafka, tally, time), tally, time, count, seconds);
  }

  /** A record as text: source, key, start and close. */
  public List<String> quotes() {
    return kafka.history().stream()
        .map(record -> {
          QuoteBar bar = QuoteParser.parse(record.value(), Instant.MAX.minusSeconds(86_400)).events().get(0);
          String source = Sources.of(record.headers().lastHeader(Sources.HEADER).value());
          return source + " " + new String(record.key()) + " " + bar.start() + " " + bar.close().stripTrailingZeros().toPlainString();
        })
        .toList();
  }

  public List<QuoteBar> bars() {
    return kafka.history().stream().map(record -> QuoteParser.parse(record.value(), Instant.MAX.minusSeconds(86_400)).events().get(0)).toList();
  }
}
