package io.cryptodm.tables.write;

import io.cryptodm.tables.origin.ForeignCommits;
import io.cryptodm.tables.rows.Digest;
import io.cryptodm.tables.rows.KeyIndex;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.RowLayout;
import io.cryptodm.tables.rows.UpsertRule;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.PartitionKey;

/**
 * Decides which rows of the files of a batch's tasks become part of the table. It takes the accepted rows into the cache at once, so that the same key
 * in the file of another task meets them; a batch that is not committed has to drop the cache.
 */
final class TaskFileReview {
  /** The answer for a batch without such files. */
  static final TaskFileReview NONE = new TaskFileReview(null, null, null, null, List.of(), Map.of());

  /** A file with the rows of it that are not accepted. */
  static final class Reviewed {
    final TaskFile of;
    final int number;
    final BitSet dropped = new BitSet();

    private Reviewed(TaskFile of, int number) {
      this.of = of;
      this.number = number;
    }

    DataFile file() {
      return of.file();
    }

    int accepted() {
      return of.rows() - dropped.cardinality();
    }
  }

  private final RowLayout layout;
  private final UpsertRule rule;
  private final WriterCache cache;
  private final KeyLookup search;
  private final Map<Integer, Reviewed> reviewed = new LinkedHashMap<>();
  private final List<Superseded> superseded = new ArrayList<>();
  private final Set<PartitionKey> shrunk = new LinkedHashSet<>();
  /** Rows of this batch, when it has more than the cache keeps; else null. */
  private final KeyIndex own;
  private long inserted;
  private long replaced;

  private TaskFileReview(
      RowLayout layout, UpsertRule rule, WriterCache cache, KeyLookup search, List<TaskFile> files, Map<Integer, Long> standing) {
    this.layout = layout;
    this.rule = rule;
    this.cache = cache;
    this.search = search;
    for (TaskFile file : files) {
      Reviewed its = new Reviewed(file, cache.files().number(file.file(), file.rows()));
      reviewed.put(its.number, its);
      if (file.isBelow(standing)) {
        its.dropped.set(0, file.rows());
      }
    }
    this.own = cache != null && files.stream().mapToLong(TaskFile::rows).sum() > cache.certainlyKept() ? new KeyIndex() : null;
  }

  /** @param standing offsets below which the table holds the topic */
  static TaskFileReview of(
      List<TaskFile> files,
      Map<Integer, Long> standing,
      RowLayout layout,
      UpsertRule rule,
      WriterCache cache,
      KeyLookup search,
      ForeignCommits foreign) {
    if (files.isEmpty()) {
      return NONE;
    }
    TaskFileReview review = new TaskFileReview(layout, rule, cache, search, files, standing);
    review.decide(foreign);
    return review;
  }

  /** A row in a file of the table that an accepted row supersedes. */
  record Superseded(Digest key, KeyCache.StoredRow row) {}

  /** A row whose key is to be looked up in the files of the table. */
  private record Sought(Reviewed file, int row, Digest key) {}

  private void decide(ForeignCommits foreign) {
    List<Sought> sought = new ArrayList<>();
    for (Reviewed its : reviewed.values()) {
      if (its.accepted() > 0) {
        decide(its, sought);
      }
    }
    if (sought.isEmpty()) {
      return;
    }
    Map<Digest, Row> wanted = new HashMap<>(sought.size() * 4 / 3 + 1);
    sought.forEach(row -> wanted.putIfAbsent(row.key(), row.file().of.keyRow(row.row(), layout)));
    Map<Digest, KeyCache.StoredRow> stored = new HashMap<>();
    search.searchInto(stored, wanted, cache, foreign);
    for (Sought row : sought) {
      cache.announce(Map.of(layout.prefixOf(wanted.get(row.key())), row.file().of.order(row.row())));
      // Another row of the key may have been accepted meanwhile.
      KeyCache.StoredRow accepted = find(row.key());
      boolean isOwn = accepted != null && isOwn(accepted);
      decide(row.file(), row.row(), row.key(), isOwn ? accepted : stored.get(row.key()));
    }
  }

  private void decide(Reviewed its, List<Sought> sought) {
    TaskFile file = its.of;
    Row[] highest = file.highest(layout);
    Map<Long, Object> announced = new HashMap<>();
    KeyWatermark.Limit[] limits = new KeyWatermark.Limit[highest.length];
    for (int prefix = 0; prefix < highest.length; prefix++) {
      if (highest[prefix] != null) {
        announced.put(layout.prefixOf(highest[prefix]), layout.orderOf(highest[prefix]));
        limits[prefix] = cache.limitOf(highest[prefix]);
      }
    }
    cache.announce(announced);
    for (int row = 0; row < file.rows(); row++) {
      Digest key = file.key(row);
      KeyCache.StoredRow found = find(key);
      if (found != null && (cache.isLocated(found) || rule.winner() == UpsertRule.Winner.FIRST)) {
        decide(its, row, key, found);
      } else if (found != null || !limits[file.prefix()[row]].isBelow(file.order(row))) {
        sought.add(new Sought(its, row, key));
      } else {
        inserted++;
        accept(its, row, key);
      }
    }
    cache.announce(Map.of());
  }

  private KeyCache.StoredRow find(Digest key) {
    if (own != null) {
      int slot = own.find(key);
      if (slot >= 0) {
        return new KeyCache.StoredRow(own.rank(slot), own.values(slot), own.file(slot), own.position(slot));
      }
    }
    return cache.find(key).orElse(null);
  }

  /** @param before the row that the table or an earlier file of the batch has under the key; null for none */
  private void decide(Reviewed its, int row, Digest key, KeyCache.StoredRow before) {
    long rank = its.of.ranks()[row];
    if (before == null) {
      inserted++;
    } else if (rule.winner() == UpsertRule.Winner.FIRST) {
      if (!isOwn(before) || rank >= before.rank()) {
        its.dropped.set(row);
        return;
      }
      drop(before);
    } else if (rank <= before.rank() || its.of.valuesOf(row) == before.values()) {
      its.dropped.set(row);
      return;
    } else if (isOwn(before)) {
      drop(before);
    } else {
      replaced++;
      if (before.position() == KeyIndex.NO_POSITION) {
        shrunk.add(cache.hot().take(key));
      } else {
        superseded.add(new Superseded(key, before));
      }
    }
    accept(its, row, key);
  }

  private void accept(Reviewed its, int row, Digest key) {
    cache.put(key, its.of.ranks()[row], its.of.valuesOf(row), its.number, row);
    if (own != null) {
      own.put(key, its.of.ranks()[row], its.of.valuesOf(row), its.number, row);
    }
  }

  /** True for a row in one of these files. */
  boolean isOwn(KeyCache.StoredRow row) {
    return row.position() != KeyIndex.NO_POSITION && reviewed.containsKey(row.file());
  }

  /** Drops a row of one of these files, because another one of its key is written. */
  void drop(KeyCache.StoredRow row) {
    reviewed.get(row.file()).dropped.set(row.position());
  }

  /** The rows of the batch's files under a key, for a batch that is larger than the cache. */
  KeyCache.StoredRow ownRow(Digest key) {
    KeyCache.StoredRow found = own == null ? null : find(key);
    return found != null && isOwn(found) ? found : null;
  }

  Iterable<Reviewed> files() {
    return reviewed.values();
  }

  /** Rows in files of the table that accepted rows supersede. */
  List<Superseded> superseded() {
    return superseded;
  }

  /** Partitions whose hot files have lost rows to accepted ones. */
  Set<PartitionKey> shrunk() {
    return shrunk;
  }

  /** Accepted rows under keys that the table did not have. */
  long inserted() {
    return inserted;
  }

  /** Accepted rows that supersede one of the table. */
  long replaced() {
    return replaced;
  }

  boolean isEmpty() {
    return reviewed.values().stream().allMatch(its -> its.accepted() == 0);
  }

  /** Rows of the files, accepted or not. */
  long rows() {
    return reviewed.values().stream().mapToLong(its -> its.of.rows()).sum();
  }

  /** Files without an accepted row, which no commit refers to. */
  List<String> useless() {
    return reviewed.values().stream().filter(its -> its.accepted() == 0).map(its -> its.file().location()).toList();
  }
}
