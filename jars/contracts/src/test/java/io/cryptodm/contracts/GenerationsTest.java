package io.cryptodm.contracts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GenerationsTest {
  private static Generations.Begin begin(long generation, Map<Integer, Long> from) {
    return new Generations.Begin(generation, from);
  }

  /** Made as 2; lost records as 3 and again, further back in partition 0, as 5. */
  private final Generations twice = new Generations(List.of(begin(2, Map.of()), begin(3, Map.of(0, 60L, 1, 50L)), begin(5, Map.of(0, 40L, 1, 70L))));

  @Test
  void aTopicThatLostNothingIsOneGeneration() {
    Generations whole = Generations.whole(4);
    assertEquals(4, whole.present());
    assertEquals(4, whole.at(1, 0));
    assertEquals(9, whole.standing(4, 0, 9));
    assertEquals(0, whole.begin(0));
  }

  @Test
  void aRecordBelongsToTheLastGenerationThatBeginsBeforeIt() {
    assertEquals(2, twice.at(0, 39));
    assertEquals(5, twice.at(0, 40));
    assertEquals(5, twice.at(0, 60));
    assertEquals(2, twice.at(1, 49));
    assertEquals(3, twice.at(1, 50));
    assertEquals(3, twice.at(1, 69));
    assertEquals(5, twice.at(1, 70));
    // A partition that was added since.
    assertEquals(5, twice.at(2, 0));
  }

  @Test
  void whatWasReadStandsAsFarAsNoLaterGenerationBeginsBeforeIt() {
    assertEquals(40, twice.standing(2, 0, 120));
    assertEquals(30, twice.standing(2, 0, 30));
    assertEquals(50, twice.standing(2, 1, 120));
    assertEquals(70, twice.standing(3, 1, 120));
    assertEquals(120, twice.standing(5, 1, 120));
  }

  @Test
  void nothingStandsOfATopicThatWasCreatedAgainSince() {
    assertFalse(twice.reach(1));
    assertEquals(0, twice.standing(1, 0, 120));
    // Nor of a generation that this spec does not know yet.
    assertEquals(0, twice.standing(6, 0, 120));
  }

  @Test
  void generationsRise() {
    assertThrows(IllegalArgumentException.class, () -> new Generations(List.of()));
    assertThrows(IllegalArgumentException.class, () -> new Generations(List.of(begin(2, Map.of()), begin(2, Map.of(0, 1L)))));
  }
}
