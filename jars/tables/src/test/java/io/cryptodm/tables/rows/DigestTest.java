package io.cryptodm.tables.rows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DigestTest {
  private static Digest of(Object... values) {
    return Digest.of(Row.of(values), IntStream.range(0, values.length).toArray());
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void equalValuesGiveEqualDigestsWhateverClassHoldsThem() {
    assertEquals(of("BTC", 5L, new BigDecimal("1.50")), of(new StringBuilder("BTC"), 5, new BigDecimal("1.50")));
    ByteBuffer payload = bytes("payload");
    assertEquals(of(payload), of(ByteBuffer.wrap("a payload".getBytes(StandardCharsets.UTF_8), 2, 7)));
    assertEquals(7, payload.remaining());
  }

  @Test
  void differentValuesGiveDifferentDigests() {
    assertNotEquals(of("ab", "c"), of("a", "bc"));
    assertNotEquals(of("", "a"), of("a", ""));
    assertNotEquals(of((Object) null), of(0L));
    assertNotEquals(of(null, "a"), of("a", null));
    assertNotEquals(of(new BigDecimal("1.50")), of(new BigDecimal("-1.50")));
    assertNotEquals(of(new BigDecimal("99999999999999999999999999.0")), of(new BigDecimal("99999999999999999999999999.1")));
    assertNotEquals(of(0.0), of(-0.0));
    // Buffers of the same hash code, which has 32 bits.
    assertEquals(bytes("#D").hashCode(), bytes("aB").hashCode());
    assertNotEquals(of(bytes("#D")), of(bytes("aB")));
  }

  @Test
  void neighbouringKeysDoNotCollide() {
    Set<Digest> all = new HashSet<>();
    for (String coin : new String[] {"BTC", "LTC", "ETH", "DOGE"}) {
      for (long minute = 0; minute < 50_000; minute++) {
        all.add(of(coin, "USD", minute * 60_000_000L));
      }
    }
    assertEquals(200_000, all.size());
    assertEquals(200_000, all.stream().map(Digest::low).distinct().count());
  }

  @Test
  void refusesWhatNoColumnHolds() {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> of("a", new Object()));
    assertTrue(e.getMessage().startsWith("Column 1 holds a java.lang.Object"), e.getMessage());
  }
}
