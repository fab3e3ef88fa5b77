package io.cryptodm.producer;

import io.cryptodm.contracts.Spec;
import org.apache.kafka.common.ClusterResource;
import org.apache.kafka.common.ClusterResourceListener;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Hands values to the client as they are, as long as the cluster that it has found is the one that is meant. A client learns the cluster
 * before it serializes its first record, and again with each answer about the topic.
 */
final class OwnBroker implements Serializer<byte[]>, ClusterResourceListener {

  /** Another cluster answers than the one that is meant. */
  static final class ForeignBroker extends KafkaException {
    private static final long serialVersionUID = 1L;

    ForeignBroker(String message) {
      super(message);
    }
  }

  private final Spec.Kafka kafka;
  private volatile ClusterResource found;

  OwnBroker(Spec.Kafka kafka) {
    this.kafka = kafka;
  }

  @Override
  public void onUpdate(ClusterResource cluster) {
    found = cluster;
  }

  /** @throws ForeignBroker when another cluster answers */
  @Override
  public byte[] serialize(String topic, byte[] value) {
    ClusterResource cluster = found;
    if (cluster != null && !kafka.means(cluster.clusterId())) {
      throw new ForeignBroker(kafka.foreign());
    }
    return value;
  }
}
