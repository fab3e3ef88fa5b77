package io.cryptodm.producer;

import io.cryptodm.contracts.Spec;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Settings of the clients: nothing is lost, records of a key stay in order, the heap stays small. The spec's properties say how to reach the broker. */
public final class KafkaSettings {
  private final Spec.Kafka kafka;
  private final String clientId;

  public KafkaSettings(Spec.Kafka kafka, String clientId) {
    this.kafka = kafka;
    this.clientId = clientId;
  }

  public Producer<byte[], byte[]> newProducer() {
    return new KafkaProducer<>(producer(), new ByteArraySerializer(), new OwnBroker(kafka));
  }

  public Consumer<byte[], byte[]> newConsumer() {
    return new KafkaConsumer<>(consumer(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** For creating and altering topics. A call ends after 60 s at most. */
  public Admin newAdmin() {
    Properties all = common();
    all.put("default.api.timeout.ms", "60000");
    return Admin.create(all);
  }

  Properties producer() {
    Properties all = common();
    // Last, so that no property of the spec overrides it: nothing acknowledged is lost, nothing sent is dropped.
    all.put("acks", "all");
    all.put("enable.idempotence", "true");
    all.put("delivery.timeout.ms", Integer.toString(Integer.MAX_VALUE));
    all.put("retries", Integer.toString(Integer.MAX_VALUE));
    // A short block: the ReliableSender waits for a full buffer or a broker that is down, and notices a stop meanwhile.
    all.put("max.block.ms", "1000");
    // The one codec that every client reads; kafkajs knows no other without a native package.
    all.putIfAbsent("compression.type", "gzip");
    all.putIfAbsent("linger.ms", "5");
    all.putIfAbsent("batch.size", "32768");
    all.putIfAbsent("buffer.memory", "8388608");
    return all;
  }

  Properties consumer() {
    Properties all = common();
    all.put("enable.auto.commit", "false");
    all.put("auto.offset.reset", "earliest");
    all.put("allow.auto.create.topics", "false");
    all.put("default.api.timeout.ms", "5000");
    all.putIfAbsent("fetch.max.bytes", "4194304");
    all.putIfAbsent("max.poll.records", "2000");
    return all;
  }

  private Properties common() {
    Properties all = new Properties();
    all.putAll(kafka.properties());
    all.put("bootstrap.servers", kafka.bootstrapServers());
    all.put("client.id", kafka.clientId(clientId));
    all.putIfAbsent("enable.metrics.push", "false");
    all.putIfAbsent("request.timeout.ms", "10000");
    all.putIfAbsent("reconnect.backoff.max.ms", "1000");
    return all;
  }
}
