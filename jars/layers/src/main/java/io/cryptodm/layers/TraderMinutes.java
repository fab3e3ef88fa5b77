package io.cryptodm.layers;

import io.cryptodm.tables.rows.Digest;
import io.cryptodm.tables.rows.Row;

/** Who traded in which minutes of an hour: some 40 bytes a person, however often they trade. */
final class TraderMinutes {
  private static final int[] FIRST_COLUMN = {0};

  // Open addressing. A person is the digest of their name; one bit for each minute, none in a free slot.
  private long[] high = new long[4];
  private long[] low = new long[4];
  private long[] minutes = new long[4];
  private int size;
  private final int[] ofMinute = new int[60];

  /** @param minute of the hour, 0 to 59 */
  void add(String user, int minute) {
    Digest digest = Digest.of(Row.of(user), FIRST_COLUMN);
    int slot = slotOf(digest.high(), digest.low());
    if (minutes[slot] == 0) {
      if ((size + 1) * 4L > minutes.length * 3L) {
        grow();
        slot = slotOf(digest.high(), digest.low());
      }
      high[slot] = digest.high();
      low[slot] = digest.low();
      size++;
    }
    if ((minutes[slot] & 1L << minute) == 0) {
      minutes[slot] |= 1L << minute;
      ofMinute[minute]++;
    }
  }

  private int slotOf(long itsHigh, long itsLow) {
    int mask = minutes.length - 1;
    int slot = Digest.hashCode(itsLow) & mask;
    while (minutes[slot] != 0 && (low[slot] != itsLow || high[slot] != itsHigh)) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private void grow() {
    long[] oldHigh = high;
    long[] oldLow = low;
    long[] oldMinutes = minutes;
    high = new long[oldHigh.length * 2];
    low = new long[oldHigh.length * 2];
    minutes = new long[oldHigh.length * 2];
    for (int old = 0; old < oldMinutes.length; old++) {
      if (oldMinutes[old] != 0) {
        int slot = slotOf(oldHigh[old], oldLow[old]);
        high[slot] = oldHigh[old];
        low[slot] = oldLow[old];
        minutes[slot] = oldMinutes[old];
      }
    }
  }

  int ofHour() {
    return size;
  }

  int ofMinute(int minute) {
    return ofMinute[minute];
  }
}
