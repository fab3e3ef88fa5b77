package io.cryptodm.contracts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ArgumentsTest {
  private static final Options OPTIONS = Options.of("spec", "rate", "count", "coins", "seed", "from").andHelp();
  private static final String ALLOWED = "allowed: --coins, --count, --from, --rate, --seed, --spec";

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
    assertFault("unknown option '--sped'; " + ALLOWED, "--sped", "2");
    assertFault("unexpected argument 'x'; " + ALLOWED, "x");
    assertFault("--rate needs a value", "--rate");
    assertFault("--rate needs a value", "--rate", "--count");
    assertFault("--rate is given twice", "--rate", "1", "--rate", "2");
    assertFault("--rate must be above 0 but is 0", "--rate", "0");
    assertFault("--rate must be a number but is 'NaN'", "--rate", "NaN");
    assertFault("--count must be at least 1 but is 0", "--count", "0");
    assertFault("--count must be a whole number but is '1.5'", "--count", "1.5");
    assertFault("--coins: 'BTCUSD' is no pair of the form BTC/USD", "--coins", "BTCUSD");
    assertFault("--from must be a time such as 2025-07-08T05:43:00Z but is 'noon'", "--from", "noon");
    assertFault("--spec is missing");
  }

  @Test
  void readsWordsFlagsAndRepeatedOptions() {
    Options options = Options.of("spec").andRepeated("table").andFlags("dry-run", "attended").andWords();
    Arguments arguments = Arguments.parse(new String[] {"--spec", "F", "create-tables", "--table", "a.b", "--dry-run", "--table=c.d"}, options);
    assertEquals("F", arguments.required("spec"));
    assertEquals(List.of("create-tables"), arguments.words());
    assertEquals(List.of("a.b", "c.d"), arguments.all("table"));
    assertEquals(List.of(), Arguments.parse(new String[0], options).all("table"));
    assertTrue(arguments.has("dry-run"));
    assertFalse(arguments.has("attended"));
    UsageException e = assertThrows(UsageException.class, () -> Arguments.parse(new String[] {"--help"}, options));
    assertEquals("unknown option '--help'; allowed: --attended, --dry-run, --spec, --table", e.getMessage());
    e = assertThrows(UsageException.class, () -> Arguments.parse(new String[] {"--dry-run=yes"}, options));
    assertEquals("unknown option '--dry-run'; allowed: --attended, --dry-run, --spec, --table", e.getMessage());
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
