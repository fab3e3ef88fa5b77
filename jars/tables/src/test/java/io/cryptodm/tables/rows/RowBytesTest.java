package io.cryptodm.tables.rows;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RowBytesTest {
  private static final Object[] VALUES = {
    "text", "text", null, -5, Long.MIN_VALUE, new BigDecimal("-1.000000000012"), new BigDecimal("999999999999.999999999999"), new byte[] {1, 2}, true, false
  };

  private static void assertIsThere(Row row, int partition, long offset) {
    assertEquals(partition, row.partition());
    assertEquals(offset, row.offset());
    for (int column = 0; column < VALUES.length; column++) {
      assertEquals(VALUES[column] instanceof byte[] bytes ? ByteBuffer.wrap(bytes) : VALUES[column], row.value(column));
    }
  }

  private static List<Row> decoded(EncodedRows encoded) {
    List<Row> rows = new ArrayList<>();
    RowBytes.decode(encoded, rows);
    return rows;
  }

  @Test
  void everyKindOfValueComesBackAsItWent() {
    RowBytes.Writer writer = new RowBytes.Writer(VALUES.length);
    writer.write(3, 77, VALUES);
    int begin = writer.write(3, 78, VALUES);
    List<Row> rows = decoded(writer.result());
    assertEquals(2, rows.size());
    assertIsThere(rows.get(0), 3, 77);
    assertIsThere(rows.get(1), 3, 78);
    assertIsThere(writer.reader().at(begin).row(), 3, 78);
    List<Row> one = decoded(writer.only(new int[] {begin}, new int[] {writer.end()}, 1));
    assertEquals(1, one.size());
    assertIsThere(one.get(0), 3, 78);
  }

  @Test
  void moreTextsThanAreRememberedComeBackToo() {
    RowBytes.Writer writer = new RowBytes.Writer(2);
    for (int i = 0; i < 10_000; i++) {
      writer.write(0, i, new Object[] {"id-" + i, "coin-" + i % 3});
    }
    List<Row> rows = decoded(writer.result());
    for (int i = 0; i < 10_000; i++) {
      assertEquals("id-" + i, rows.get(i).value(0));
      assertEquals("coin-" + i % 3, rows.get(i).value(1));
    }
  }
}
