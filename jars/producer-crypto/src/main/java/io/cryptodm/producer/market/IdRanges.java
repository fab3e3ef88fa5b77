package io.cryptodm.producer.market;

import java.util.Arrays;

/** Ids in ranges, added in ascending order: few numbers for many ids in a row, and 16 bytes for a single one. */
final class IdRanges {
  private long[] firsts = new long[16];
  private long[] lasts = new long[16];
  private int size;

  /** @throws IllegalArgumentException for a range that is none, or does not follow the last one */
  void add(long first, long last) {
    if (last < first || size > 0 && first <= lasts[size - 1]) {
      throw new IllegalArgumentException("ids " + first + " to " + last + " are no range above those before");
    }
    if (size == firsts.length) {
      firsts = Arrays.copyOf(firsts, 2 * size);
      lasts = Arrays.copyOf(lasts, 2 * size);
    }
    firsts[size] = first;
    lasts[size] = last;
    size++;
  }

  boolean contains(long id) {
    return count(id, id) > 0;
  }

  /** How many ids of a range, both ends included, are in it. */
  long count(long first, long last) {
    int at = Arrays.binarySearch(lasts, 0, size, first);
    long ids = 0;
    for (int i = at < 0 ? -at - 1 : at; i < size && firsts[i] <= last; i++) {
      ids += Math.min(last, lasts[i]) - Math.max(first, firsts[i]) + 1;
    }
    return ids;
  }
}
