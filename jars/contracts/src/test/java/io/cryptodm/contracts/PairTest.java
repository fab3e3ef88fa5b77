package io.cryptodm.contracts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class PairTest {
  @Test
  void followsTheRuleOfBothSides() throws IOException {
    SpecNode rule = Fixtures.json("pairs/pairs.json");
    rule.at("pairs").items(SpecNode::text).forEach(text -> assertEquals(text, Pair.parse(text).toString()));
    rule.at("none").items(SpecNode::text).forEach(text -> assertThrows(IllegalArgumentException.class, () -> Pair.parse(text), text));
  }
}
