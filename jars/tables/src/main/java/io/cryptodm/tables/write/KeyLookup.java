package io.cryptodm.tables.write;

import io.cryptodm.tables.origin.ForeignCommits;
import io.cryptodm.tables.rows.Digest;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.RowLayout;
import io.cryptodm.tables.rows.RowOrder;
import io.cryptodm.tables.storage.TableFiles;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;

/** Looks up keys in the table, reading only the files and row groups whose bounds may contain them. */
final class KeyLookup {
  /** A filter with more values costs more than it saves. */
  private static final int MAX_LISTED = 200;

  /** Upper limit of time ranges in one filter. */
  private static final int MAX_RANGES = 32;

  private final RowLayout layout;
  private final TableFiles files;

  KeyLookup(RowLayout layout, TableFiles files) {
    this.layout = layout;
    this.files = files;
  }

  /** Gets each row that was found. */
  interface Finding {
    void found(Digest key, Row row, FileScanTask task, int position);
  }

  /** Gets each file that was read, with the number of its live rows. */
  interface Reading {
    void read(FileScanTask task, long liveRows);
  }

  /** Looks up keys, and remembers what was found in the cache. */
  void searchInto(Map<Digest, KeyCache.StoredRow> stored, Map<Digest, Row> wanted, WriterCache cache, ForeignCommits foreign) {
    search(
        wanted,
        (key, row, task, position) -> {
          // Of two rows the lake's own one is revised; the other stays until somebody deals with the commit of another engine.
          if (!stored.containsKey(key) || !foreign.wrote(task.file())) {
            stored.put(key, cache.locate(key, row, task.file(), position));
          }
        },
        (task, live) -> cache.files().number(task.file(), live));
  }

  void search(Map<Digest, Row> wanted, Finding finding, Reading reading) {
    if (wanted.isEmpty()) {
      return;
    }
    List<FileScanTask> tasks = files.plan(filter(wanted.values()));
    Predicate<StructLike> candidates = candidates(wanted.values());
    List<List<Match>> matches = new ArrayList<>(Collections.nCopies(tasks.size(), null));
    long[] live = new long[tasks.size()];
    Parallel.forEach(
        tasks.size(),
        i -> {
          List<Match> its = new ArrayList<>();
          live[i] =
              files.read(
                  tasks.get(i),
                  candidates,
                  (row, position) -> {
                    Digest key = layout.keyOf(row);
                    if (wanted.containsKey(key)) {
                      its.add(new Match(key, row, (int) position));
                    }
                  });
          matches.set(i, its);
        });
    for (int i = 0; i < live.length; i++) {
      FileScanTask task = tasks.get(i);
      matches.get(i).forEach(match -> finding.found(match.key(), match.row(), task, match.position()));
      reading.read(task, live[i]);
    }
  }

  private record Match(Digest key, Row row, int position) {}

  /** A cheap test by the time column alone, without computing the digest of a key: nearly all rows that are read are of other times. */
  private Predicate<StructLike> candidates(Collection<Row> rows) {
    Set<Object> times = new HashSet<>();
    rows.forEach(row -> times.add(layout.orderOf(row)));
    // Strings come in several classes, which are not equal to each other.
    return times.stream().allMatch(Number.class::isInstance) ? row -> times.contains(layout.orderOf(row)) : row -> true;
  }

  private Expression filter(Collection<Row> rows) {
    return ranges(rows).stream().map(this::rangeFilter).reduce(Expressions.alwaysFalse(), Expressions::or);
  }

  /** The rows in order of time, split at the widest gaps, so that a filter for keys far apart does not match everything in between. */
  private List<List<Row>> ranges(Collection<Row> rows) {
    List<Row> ordered = rows.stream().sorted(Comparator.comparing(layout::orderOf, RowOrder::compare)).toList();
    int[] cuts =
        IntStream.range(1, ordered.size())
            .boxed()
            .sorted(Comparator.comparingDouble((Integer at) -> -gap(ordered.get(at - 1), ordered.get(at))))
            .limit(MAX_RANGES - 1)
            .filter(at -> gap(ordered.get(at - 1), ordered.get(at)) > 0)
            .mapToInt(Integer::intValue)
            .sorted()
            .toArray();
    List<List<Row>> ranges = new ArrayList<>();
    int from = 0;
    for (int cut : cuts) {
      ranges.add(ordered.subList(from, cut));
      from = cut;
    }
    ranges.add(ordered.subList(from, ordered.size()));
    return ranges;
  }

  private double gap(Row earlier, Row later) {
    Object left = layout.orderOf(earlier);
    Object right = layout.orderOf(later);
    return left instanceof Number low && right instanceof Number high ? high.doubleValue() - low.doubleValue() : RowOrder.compare(right, left);
  }

  /** @param rows in order of time */
  private Expression rangeFilter(List<Row> rows) {
    String order = layout.orderField().name();
    Expression filter =
        Expressions.and(
            Expressions.greaterThanOrEqual(order, layout.orderOf(rows.get(0))),
            Expressions.lessThanOrEqual(order, layout.orderOf(rows.get(rows.size() - 1))));
    for (int column : layout.prefixColumns()) {
      Set<Object> listed = listed(rows, column);
      if (listed.size() <= MAX_LISTED) {
        filter = Expressions.and(filter, Expressions.in(layout.field(column).name(), listed.toArray()));
      }
    }
    return filter;
  }

  private static Set<Object> listed(Collection<Row> rows, int column) {
    Set<Object> values = new HashSet<>();
    for (Row row : rows) {
      values.add(row.value(column));
      if (values.size() > MAX_LISTED) {
        break;
      }
    }
    return values;
  }
}
