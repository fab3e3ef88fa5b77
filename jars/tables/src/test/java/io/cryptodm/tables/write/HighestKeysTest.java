package io.cryptodm.tables.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.RowLayout;
import io.cryptodm.tables.rows.UpsertRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Test;

class HighestKeysTest {
  private static final Schema SCHEMA =
      new Schema(
          List.of(
              Types.NestedField.required(1, "id", Types.LongType.get()),
              Types.NestedField.required(2, "pair", Types.StringType.get()),
              Types.NestedField.required(3, "part", Types.IntegerType.get())),
          Set.of(1, 2, 3));
  private static final RowLayout LAYOUT =
      new RowLayout(SCHEMA, SortOrder.builderFor(SCHEMA).asc("pair").asc("part").asc("id").build(), UpsertRule.FACTS);

  private static Row row(String pair, int part, long id) {
    return Row.of(id, pair, part);
  }

  private static boolean isNew(HighestKeys keys, Row row) {
    return keys.watermark(LAYOUT).limitOf(row).isBelow(LAYOUT.orderOf(row));
  }

  @Test
  void theNumberIsTheColumnThatIsSortedByLast() {
    assertEquals(List.of("pair", "part", "id"), LAYOUT.prefixAndOrder());
    assertTrue(LAYOUT.isNumberedByPrefix());
    assertEquals("id", new RowLayout(SCHEMA, SortOrder.builderFor(SCHEMA).asc("part").asc("id").build(), UpsertRule.FACTS).orderField().name());
    assertEquals("part", new RowLayout(SCHEMA, SortOrder.unsorted(), UpsertRule.FACTS).orderField().name());
  }

  @Test
  void aPrefixSaysNothingOfAnother() {
    HighestKeys keys = HighestKeys.none(LAYOUT).with(List.of(row("A", 0, 900), row("B", 0, 5), row("B", 0, 4)), LAYOUT);
    assertFalse(isNew(keys, row("A", 0, 900)));
    assertTrue(isNew(keys, row("A", 0, 901)));
    assertFalse(isNew(keys, row("B", 0, 5)));
    assertTrue(isNew(keys, row("B", 0, 6)));
    assertTrue(isNew(keys, row("B", 1, 1)));
  }

  @Test
  void isReadableAndHoldsAnyText() {
    HighestKeys keys = HighestKeys.none(LAYOUT).with(List.of(row("BTC", 1, 7), row("\"],[\"\u0000\n\u00e9\ud83d\ude00", 2, -3)), LAYOUT).since(4);
    String json = keys.toJson(8_123_456_789_012_345_678L);
    assertEquals(Optional.of(new HighestKeys.Stated(8_123_456_789_012_345_678L, keys)), HighestKeys.parse(json, LAYOUT));
    String plain = HighestKeys.none(LAYOUT).with(List.of(row("ETH", 1, 9), row("BTC", 1, 7)), LAYOUT).toJson(12);
    assertEquals("{\"snapshot\":12,\"since\":0,\"columns\":[\"pair\",\"part\",\"id\"],\"highest\":[[\"BTC\",1,7],[\"ETH\",1,9]]}", plain);
  }

  @Test
  void whatCannotBeReadCountsAsAbsent() {
    for (String text : new String[] {null, "", "{", "[]", "{\"snapshot\":12,\"since\":0,\"columns\":[\"pair\",\"id\"],\"highest\":[]}"}) {
      assertEquals(Optional.empty(), HighestKeys.parse(text, LAYOUT), text);
    }
  }

  @Test
  void beyondTheLimitTheLowestShareOneNumber() {
    List<Row> rows = new ArrayList<>();
    for (int i = 1; i <= HighestKeys.MOST + 200; i++) {
      rows.add(row("P" + i, 0, i * 10L));
    }
    HighestKeys keys = HighestKeys.none(LAYOUT).with(rows, LAYOUT);
    assertEquals(HighestKeys.MOST, keys.highest().size());
    assertEquals(2_000, keys.others());
    rows.forEach(row -> assertFalse(isNew(keys, row)));
    assertTrue(isNew(keys, row("P1", 0, 2_001)));
    assertTrue(isNew(keys, row("P300", 0, 3_001)));
    // A prefix without an entry gets one once it exceeds the others.
    HighestKeys risen = keys.with(List.of(row("P1", 0, 50_000), row("P2", 0, 21)), LAYOUT);
    assertEquals(HighestKeys.MOST, risen.highest().size());
    assertEquals(2_010, risen.others());
    assertFalse(isNew(risen, row("P1", 0, 50_000)));
    assertFalse(isNew(risen, row("P201", 0, 2_010)));
    assertEquals(Optional.of(new HighestKeys.Stated(1, risen)), HighestKeys.parse(risen.toJson(1), LAYOUT));
  }
}
