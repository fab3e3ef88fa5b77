package io.cryptodm.tables.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cryptodm.contracts.Generations;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TopicOffsetsTest {
  private static final Generations LOST =
      new Generations(List.of(new Generations.Begin(1, Map.of()), new Generations.Begin(2, Map.of(0, 60L, 1, 90L))));

  @Test
  void aTableOfBeforeIsReadWithoutEpochs() {
    TopicOffsets held = TopicOffsets.parse("{\"generation\":1,\"offsets\":{\"0\":123}}");
    assertEquals(new TopicOffsets(1, Map.of(0, 123L)), held);
    assertNull(held.topicId());
    assertEquals("{\"generation\":1,\"offsets\":{\"0\":123}}", held.toJson());
    assertEquals(TopicOffsets.NONE, TopicOffsets.parse(null));
    assertThrows(IllegalStateException.class, () -> TopicOffsets.parse("{"));
  }

  @Test
  void epochsAndTheTopicsIdAreKept() {
    TopicOffsets held = new TopicOffsets(2, Map.of(0, 9L, 1, 7L), Map.of(0, 4), "O07tJW_wQ5aglZmehv6glA");
    assertEquals(held, TopicOffsets.parse(held.toJson()));
  }

  @Test
  void offsetsAreThoseOfTheTopicAsItIsNow() {
    TopicOffsets held = new TopicOffsets(1, Map.of(0, 120L, 1, 70L), Map.of(0, 3, 1, 3), "id");
    assertEquals(Map.of(0, 60L, 1, 70L), held.standing(LOST));
    TopicOffsets advanced = held.advancedTo(LOST, new TopicOffsets(2, Map.of(0, 66L), Map.of(0, 5), "id"));
    assertEquals(new TopicOffsets(2, Map.of(0, 66L, 1, 70L), Map.of(0, 5, 1, 3), "id"), advanced);
  }

  @Test
  void aReplayedBatchTakesNothingBack() {
    TopicOffsets held = new TopicOffsets(1, Map.of(0, 120L), Map.of(0, 3), "id");
    assertEquals(held, held.advancedTo(Generations.whole(1), new TopicOffsets(1, Map.of(0, 100L), Map.of(0, 2), "id")));
  }

  @Test
  void nothingIsKeptOfATopicThatWasCreatedAgain() {
    TopicOffsets held = new TopicOffsets(1, Map.of(0, 120L, 1, 80L), Map.of(0, 3, 1, 3), "id");
    TopicOffsets ends = new TopicOffsets(2, Map.of(0, 5L), Map.of(0, 0), "other");
    assertEquals(ends, held.advancedTo(Generations.whole(2), ends));
  }

  @Test
  void aWriterThatKnowsOnlyEarlierGenerationsTakesNothingBack() {
    TopicOffsets held = new TopicOffsets(2, Map.of(0, 120L));
    assertEquals(held, held.advancedTo(Generations.whole(1), new TopicOffsets(1, Map.of(0, 500L))));
    assertEquals(Map.of(), held.standing(Generations.whole(1)));
  }
}
