package io.cryptodm.tables.repair;

import io.cryptodm.contracts.Backoff;
import io.cryptodm.tables.origin.CommitMark;
import io.cryptodm.tables.origin.CommitOutcome;
import io.cryptodm.tables.origin.ForeignCommits;
import io.cryptodm.tables.rows.UpsertRule;
import io.cryptodm.tables.storage.CommitRetry;
import io.cryptodm.tables.storage.ManifestExecutor;
import io.cryptodm.tables.storage.RowMerge;
import io.cryptodm.tables.storage.TableFiles;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.ExpireSnapshots;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.RowDelta;
import org.apache.iceberg.Table;

/**
 * Repairs what {@link TableInspection} finds, in one commit. Of the rows of one key, the one stays that the table's writer would have kept; a file
 * that is listed twice is listed once; dangling position deletes are removed. A row of the lake's own stays before one of another engine. Earlier states that cannot be read are forgotten first, each with
 * its tags. Writers may run: after a lost race the table is inspected again.
 */
public final class TableRepair {
  private static final int ATTEMPTS = 12;

  private final Table table;
  private final UpsertRule rule;

  /** @param rule which of two rows under one key is kept */
  public TableRepair(Table table, UpsertRule rule) {
    this.table = table;
    this.rule = rule;
  }

  /** Looks for damage and changes nothing. */
  public TableDamage inspect() {
    return CommitRetry.reading(
        () -> {
          table.refresh();
          TableDamage damage = new TableInspection(table, rule).inspect();
          if (!damage.lostSnapshots.isEmpty()) {
            // An expiry may have removed them meanwhile, as it should.
            table.refresh();
            damage.lostSnapshots.keySet().removeIf(snapshot -> table.snapshot(snapshot) == null);
          }
          return damage;
        });
  }

  /**
   * Repairs the damage.
   *
   * @param forgetMissing also removes the entries of missing files, whose rows are lost for good
   * @return what was found, and repaired where possible
   * @throws RuntimeException of the last attempt, if every attempt lost a race
   */
  public TableDamage repair(boolean forgetMissing) {
    Backoff backoff = CommitRetry.backoff();
    for (int attempt = 1; ; attempt++) {
      TableDamage damage = inspect();
      if (!damage.missingMetadata.isEmpty()) {
        return damage;
      }
      List<String> written = new ArrayList<>();
      String mark = CommitMark.next();
      try {
        forget(damage.lostSnapshots.keySet());
        commit(damage, forgetMissing, written, mark);
        settle(damage);
        return damage;
      } catch (RuntimeException e) {
        if (!CommitOutcome.isRefused(table, mark, e)) {
          throw e;
        }
        new TableFiles(table, table.schema()).discard(written);
        if (attempt == ATTEMPTS || !CommitRetry.isTransient(e)) {
          throw e;
        }
        CommitRetry.pause(backoff);
      }
    }
  }

  /** Their files stay and are orphan files then: an expiry would read the manifest lists to find them. */
  private void forget(Set<Long> snapshots) {
    if (snapshots.isEmpty()) {
      return;
    }
    table.refs().forEach(
        (name, ref) -> {
          if (ref.isTag() && snapshots.contains(ref.snapshotId())) {
            table.manageSnapshots().removeTag(name).commit();
          }
        });
    ForeignCommits.of(table).remember(table);
    ExpireSnapshots expire = table.expireSnapshots().cleanExpiredFiles(false);
    snapshots.forEach(expire::expireSnapshotId);
    expire.commit();
  }

  /** What other engines have committed is dealt with once none of its rows has the key of another one. */
  private void settle(TableDamage damage) {
    if (!damage.foreign.isEmpty()) {
      ForeignCommits.accept(table, damage.state);
    }
  }

  /**
   * Notes that the commits of other engines are wanted, and changes no row.
   *
   * @return what was found; nothing is noted if a row of theirs has the key of a row of the lake's own
   */
  public TableDamage accept() {
    TableDamage damage = inspect();
    if (damage.missingMetadata.isEmpty() && damage.foreignTwice == 0) {
      settle(damage);
    }
    return damage;
  }

  private void commit(TableDamage damage, boolean forgetMissing, List<String> written, String mark) {
    if (table.currentSnapshot() == null) {
      return; // Nothing was ever committed: no file can be damaged.
    }
    TableFiles files = new TableFiles(table, table.schema());
    RowMerge merge = new RowMerge(table, files);
    RowDelta delta = table.newRowDelta().scanManifestsWith(ManifestExecutor.of(table)).validateFromSnapshot(table.currentSnapshot().snapshotId());
    delta.validateDeletedFiles();
    delta.validateNoConflictingDeleteFiles();
    Set<FileScanTask> replaced = new HashSet<>();
    boolean changed = false;
    for (FileScanTask task : damage.filesTwice) {
      if (damage.missingData.contains(task)) {
        continue;
      }
      BitSet lost = damage.superseded.getOrDefault(task, new BitSet());
      DataFile once = merge.merge(List.of(task), task.file().partition(), position -> lost.get((int) position));
      written.add(once.location());
      // Removes both entries of the location: a copy without its manifest, because Iceberg would look in that manifest only.
      delta.removeRows(DataFiles.builder(table.specs().get(task.file().specId())).copy(task.file()).build());
      if (once.recordCount() > 0) {
        delta.addRows(once);
      }
      replaced.add(task);
      changed = true;
    }
    Set<String> referenced = new HashSet<>();
    Map<PartitionKey, Map<String, BitSet>> positions = new LinkedHashMap<>();
    damage.superseded.forEach(
        (task, lost) -> {
          PartitionKey partition = files.partitionOf(task.file());
          if (!replaced.contains(task) && partition != null) {
            referenced.add(task.file().location());
            positions.computeIfAbsent(partition, all -> new TreeMap<>()).put(task.file().location(), lost);
          }
        });
    for (Map.Entry<PartitionKey, Map<String, BitSet>> entry : positions.entrySet()) {
      Stream<TableFiles.Position> its =
          entry.getValue().entrySet().stream().flatMap(file -> file.getValue().stream().mapToObj(row -> new TableFiles.Position(file.getKey(), row)));
      DeleteFile deletes = files.writeSortedDeletes(its, table.spec(), entry.getKey());
      written.add(deletes.location());
      delta.addDeletes(deletes);
      changed = true;
    }
    delta.validateDataFilesExist(referenced);
    for (DeleteFile file : damage.dangling) {
      delta.removeDeletes(file);
      changed = true;
    }
    if (forgetMissing) {
      damage.missingData.forEach(task -> delta.removeRows(task.file()));
      damage.missingDeletes.forEach(delta::removeDeletes);
      changed |= !damage.missingData.isEmpty() || !damage.missingDeletes.isEmpty();
    }
    if (changed) {
      delta.set(CommitMark.NAME, mark);
      delta.commit();
    }
  }
}
