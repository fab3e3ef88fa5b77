package io.cryptodm.tables.compact;

import io.cryptodm.tables.storage.CommitRetry;
import java.time.Clock;
import java.time.Duration;
import org.apache.iceberg.Table;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in the properties of a table that an upkeep works on it, so that its writer leaves small files and old snapshots alone meanwhile: what one of
 * them takes away the other would have rewritten for nothing. The mark lapses by itself when the upkeep is killed. Rows are safe without it.
 */
public final class MaintenanceMark {
  /** Holds milliseconds since 1970: until then the table is the upkeep's. */
  static final String PROPERTY = "cryptodm.upkeep.until";

  private static final Duration VALID = Duration.ofMinutes(15);
  private static final Logger LOG = LoggerFactory.getLogger(MaintenanceMark.class);

  private final Table table;
  private final Clock clock;
  private long until;

  public MaintenanceMark(Table table, Clock clock) {
    this.table = table;
    this.clock = clock;
  }

  /** Sets it, or sets it anew when half of its time has passed. */
  public void renew() {
    long wanted = clock.millis() + VALID.toMillis();
    if (wanted - until >= VALID.toMillis() / 2) {
      table.updateProperties().set(PROPERTY, Long.toString(wanted)).commit();
      until = wanted;
    }
  }

  /** Takes it away, if that can be done; else it lapses. */
  public void clear() {
    if (until == 0) {
      return;
    }
    try {
      table.updateProperties().remove(PROPERTY).commit();
    } catch (RuntimeException e) {
      LOG.warn("{}: the mark of the upkeep stays for {} minutes: {}", table.name(), VALID.toMinutes(), CommitRetry.reason(e));
    }
  }

  /** Whether one stands on the table as it was last loaded or refreshed. One from far ahead was set by a clock that was wrong. */
  static boolean stands(Table table, Clock clock) {
    long left = Long.parseLong(table.properties().getOrDefault(PROPERTY, "0")) - clock.millis();
    return left > 0 && left <= 2 * VALID.toMillis();
  }
}
