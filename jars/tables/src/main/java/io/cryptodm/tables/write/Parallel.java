package io.cryptodm.tables.write;

import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/** Runs the work of a large batch on all processors; a small batch is done sooner on its own thread. */
final class Parallel {
  private static final int WORTHWHILE = 5_000;

  private Parallel() {}

  /** Runs the work for each index below the count, in any order. */
  static void forEachIndex(int count, IntConsumer work) {
    IntStream indexes = IntStream.range(0, count);
    (count < WORTHWHILE ? indexes : indexes.parallel()).forEach(work);
  }

  /** Runs a few heavy tasks at once. */
  static void forEach(int count, IntConsumer work) {
    IntStream.range(0, count).parallel().forEach(work);
  }

  /** Two halves of many rows, or all of few. */
  static <T> List<List<T>> parts(List<T> rows) {
    int half = rows.size() / 2;
    return rows.size() < 2 * WORTHWHILE ? List.of(rows) : List.of(rows.subList(0, half), rows.subList(half, rows.size()));
  }
}
