package io.cryptodm.tables.rows;

import java.util.Arrays;

/**
 * What the table holds under each key: rank, digest of the values, and place of the row. Open addressing over primitive arrays,
 * 40 bytes a slot, because a million entries must fit beside Spark in a small heap.
 */
public final class KeyIndex {
  /** Stands for an unknown position: only the file of the row is known, or not even that. */
  public static final int NO_POSITION = -1;

  private static final int INITIAL_SLOTS = 1 << 12;

  private long[] high = new long[INITIAL_SLOTS];
  private long[] low = new long[INITIAL_SLOTS];
  private long[] rank = new long[INITIAL_SLOTS];
  private long[] values = new long[INITIAL_SLOTS];
  private int[] file = newFiles(INITIAL_SLOTS);
  private int[] position = new int[INITIAL_SLOTS];
  private int size;

  public int size() {
    return size;
  }

  /** Slot of the key, or -1. Valid until the next put. */
  public int find(Digest key) {
    int mask = file.length - 1;
    for (int slot = key.hashCode() & mask; file[slot] >= 0; slot = slot + 1 & mask) {
      if (low[slot] == key.low() && high[slot] == key.high()) {
        return slot;
      }
    }
    return -1;
  }

  public void put(Digest key, long itsRank, long itsValues, int itsFile, int itsPosition) {
    int slot = find(key);
    if (slot < 0) {
      if (size >= file.length * 7L / 10) {
        grow();
      }
      slot = freeSlot(key.low());
      high[slot] = key.high();
      low[slot] = key.low();
      size++;
    }
    rank[slot] = itsRank;
    values[slot] = itsValues;
    file[slot] = itsFile;
    position[slot] = itsPosition;
  }

  public long rank(int slot) {
    return rank[slot];
  }

  public long values(int slot) {
    return values[slot];
  }

  public int file(int slot) {
    return file[slot];
  }

  public int position(int slot) {
    return position[slot];
  }

  private int freeSlot(long itsLow) {
    int mask = file.length - 1;
    int slot = Digest.hashCode(itsLow) & mask;
    while (file[slot] >= 0) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private void grow() {
    long[] oldHigh = high;
    long[] oldLow = low;
    long[] oldRank = rank;
    long[] oldValues = values;
    int[] oldFile = file;
    int[] oldPosition = position;
    int slots = oldFile.length * 2;
    high = new long[slots];
    low = new long[slots];
    rank = new long[slots];
    values = new long[slots];
    file = newFiles(slots);
    position = new int[slots];
    for (int old = 0; old < oldFile.length; old++) {
      if (oldFile[old] >= 0) {
        int slot = freeSlot(oldLow[old]);
        high[slot] = oldHigh[old];
        low[slot] = oldLow[old];
        rank[slot] = oldRank[old];
        values[slot] = oldValues[old];
        file[slot] = oldFile[old];
        position[slot] = oldPosition[old];
      }
    }
  }

  private static int[] newFiles(int slots) {
    int[] files = new int[slots];
    Arrays.fill(files, -1);
    return files;
  }
}
