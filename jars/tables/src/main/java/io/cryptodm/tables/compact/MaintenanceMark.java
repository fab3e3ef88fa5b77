package io.cryptodm.tables.compact;

import io.cryptodm.tables.storage.CommitRetry;
import java.time.Clock;
import java.time.Duration;
import org.apache.iceberg.Table;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A property of a table that says that a maintenance run works on it, so that the table's writer does not merge the same files at the same time.
 * It expires by itself if the run is killed. It only saves work: rows are safe without it.
 */
public final class MaintenanceMark {
  /** The time until which the mark holds, milliseconds since 1970. */
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

  /** Sets the mark, or extends it after half of its time. */
  public void renew() {
    long wanted = clock.millis() + VALID.toMillis();
    if (wanted - until >= VALID.toMillis() / 2) {
      table.updateProperties().set(PROPERTY, Long.toString(wanted)).commit();
      until = wanted;
    }
  }

  /** Removes the mark; if that fails, it expires. */
  public void clear() {
    if (until == 0) {
      return;
    }
    try {
      table.updateProperties().remove(PROPERTY).commit();
    } catch (RuntimeException e) {
      LOG.warn("{}: the maintenance mark could not be removed and expires in {} minutes: {}", table.name(), VALID.toMinutes(), CommitRetry.reason(e));
    }
  }

  /** Whether the table, as last refreshed, is marked. A mark that ends far in the future was set by a wrong clock and does not count. */
  static boolean isSet(Table table, Clock clock) {
    long left = Long.parseLong(table.properties().getOrDefault(PROPERTY, "0")) - clock.millis();
    return left > 0 && left <= 2 * VALID.toMillis();
  }
}
