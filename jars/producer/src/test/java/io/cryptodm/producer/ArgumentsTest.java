package io.cryptodm.producer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.Pair;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ArgumentsTest {
  private static final Set<String> OPTIONS = Set.of("spec", "rate", "count", "coins", "seed", "from");

  @Test
  void readsBothForms() {
    Arguments arguments = Arguments.parse(new String[] {"--rate", "0.5", "--coins=BTC/USD, LTC/USD,BTC/USD", "--seed=-3"}, OPTIONS);
    assertEquals(0.5, arguments.positive("rate").getAsDouble());
    assertEquals(List.of(new Pair("BTC", "USD"), new Pair("LTC", "USD")), arguments.pairs("coins").orElseThrow());
    assertEquals(-3, arguments.whole("seed", Long.MIN_VALUE).getAsLong());
    assertTrue(Arguments.parse(new String[] {"--help"}, OPTIONS).help());
  }

  @Test
  void namesTheBadArgument() {
    assertFault("unknown option '--sped'; see --help", "--sped", "2");
    assertFault("unexpected argument 'x'; see --help", "x");
    assertFault("--rate needs a value", "--rate");
    assertFault("--rate needs a value", "--rate", "--count");
    assertFault("--rate stands twice", "--rate", "1", "--rate", "2");
    assertFault("--rate must be above 0 but is 0", "--rate", "0");
    assertFault("--rate must be a number but is 'NaN'", "--rate", "NaN");
    assertFault("--count must be at least 1 but is 0", "--count", "0");
    assertFault("--count must be a whole number but is '1.5'", "--count", "1.5");
    assertFault("--coins: 'BTCUSD' is no pair of the form BTC/USD", "--coins", "BTCUSD");
    assertFault("--from must be a time such as 2025-07-08T05:43:00Z but is 'noon'", "--from", "noon");
    assertFault("--spec is missing; see --help");
  }

  private static void assertFault(String message, String... args) {
    UsageException e =
        assertThrows(
            UsageException.class,
            () -> {
              Arguments arguments = Arguments.parse(args, OPTIONS);
              arguments.positive("rate");
              arguments.whole("count", 1);
              arguments.pairs("coins");
              arguments.instant("from");
              arguments.required("spec");
            });
    assertEquals(message, e.getMessage());
  }
}
