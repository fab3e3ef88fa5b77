package io.cryptodm.producer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.Spec;
import java.util.Map;
import org.apache.kafka.common.ClusterResource;
import org.junit.jupiter.api.Test;

class OwnBrokerTest {
  private static final byte[] VALUE = {1, 2};

  private static OwnBroker meaning(String clusterId) {
    return new OwnBroker(new Spec.Kafka("127.0.0.1:29092", clusterId, Map.of()));
  }

  @Test
  void letsValuesThroughToTheBrokerThatIsMeant() {
    OwnBroker own = meaning("mine");
    assertArrayEquals(VALUE, own.serialize("quotes", VALUE));
    own.onUpdate(new ClusterResource("mine"));
    assertArrayEquals(VALUE, own.serialize("quotes", VALUE));
  }

  @Test
  void refusesAnotherOneUntilTheOwnAnswersAgain() {
    OwnBroker own = meaning("mine");
    own.onUpdate(new ClusterResource("other"));
    OwnBroker.ForeignBroker refusal = assertThrows(OwnBroker.ForeignBroker.class, () -> own.serialize("quotes", VALUE));
    assertTrue(refusal.getMessage().contains("127.0.0.1:29092 is not the Kafka of this lake"));
    own.onUpdate(new ClusterResource(null));
    assertThrows(OwnBroker.ForeignBroker.class, () -> own.serialize("quotes", VALUE));
    own.onUpdate(new ClusterResource("mine"));
    assertArrayEquals(VALUE, own.serialize("quotes", VALUE));
  }

  @Test
  void takesAnyBrokerWhereNoneIsNamed() {
    OwnBroker own = meaning(null);
    own.onUpdate(new ClusterResource("other"));
    assertArrayEquals(VALUE, own.serialize("quotes", VALUE));
  }
}
