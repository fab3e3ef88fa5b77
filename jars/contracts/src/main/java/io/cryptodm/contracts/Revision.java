package io.cryptodm.contracts;

/** The order of revisions is the topic's log: {@code generation * 2^40 + offset}; the higher one wins, whatever its values. */
public final class Revision {
  private static final int OFFSET_BITS = 40;
  private static final long MAX_OFFSET = (1L << OFFSET_BITS) - 1;
  private static final long MAX_GENERATION = (1L << (63 - OFFSET_BITS)) - 1;

  private Revision() {}

  /**
   * The revision of a record.
   *
   * @param generation how often the topic was created, from 1
   * @param offset of the record in its partition
   * @throws IllegalArgumentException if either is out of range
   */
  public static long of(long generation, long offset) {
    if (generation < 1 || generation > MAX_GENERATION) {
      throw new IllegalArgumentException("generation must be 1 to " + MAX_GENERATION + " but is " + generation);
    }
    if (offset < 0 || offset > MAX_OFFSET) {
      throw new IllegalArgumentException("offset must be 0 to " + MAX_OFFSET + " but is " + offset);
    }
    return (generation << OFFSET_BITS) + offset;
  }
}
