package io.cryptodm.functions;

import static io.cryptodm.functions.AccountSpec.GOLDEN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.Spec;
import org.junit.jupiter.api.Test;

class AthenaViewTest {
  @Test
  void namesTheColumnsOfATableWithTimesInUtc() {
    String sql = AthenaView.render(GOLDEN.views().get(0), GOLDEN.tables());
    assertTrue(sql.startsWith("CREATE OR REPLACE VIEW crypto_db.crypto_trader_view AS\nselect t.transaction_id,\n"), sql);
    assertTrue(sql.contains("cast(t.transaction_timestamp at time zone 'UTC' as timestamp(6)) as transaction_timestamp"), sql);
    assertFalse(sql.contains("*,"), sql);
    assertTrue(sql.contains("left join crypto_db.crypto_quote q"), sql);
  }

  @Test
  void refusesAllColumnsOfWhatIsNoTableOfTheLake() {
    Spec.View wrong = new Spec.View("crypto_db.v", "select x.* from crypto_db.other x");
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> AthenaView.render(wrong, GOLDEN.tables()));
    assertEquals("view crypto_db.v: x.* names no table of the lake", e.getMessage());
  }
}
