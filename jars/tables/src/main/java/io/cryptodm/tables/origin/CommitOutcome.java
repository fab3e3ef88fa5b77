package io.cryptodm.tables.origin;

import io.cryptodm.tables.storage.CommitRetry;
import org.apache.iceberg.Table;
import org.apache.iceberg.exceptions.CleanableFailure;

/** What became of a commit that ended in an exception. */
public final class CommitOutcome {
  private CommitOutcome() {}

  /**
   * True only if the commit was certainly not made, so that its files may be removed. Iceberg goes on after it has moved the pointer, for example
   * to remove old metadata files: where that fails, as it does while the process ends, the exception says nothing of the commit.
   *
   * @param mark of the commit, see {@link CommitMark}
   */
  public static boolean isRefused(Table table, String mark, RuntimeException failure) {
    if (failure instanceof CleanableFailure) {
      return true;
    }
    if (CommitRetry.isUnknown(failure)) {
      return false;
    }
    try {
      table.refresh();
      for (var snapshot : table.snapshots()) {
        if (mark.equals(CommitMark.of(snapshot))) {
          return false;
        }
      }
      return true;
    } catch (RuntimeException e) {
      // Files without a commit only cost space until the maintenance removes them.
      return false;
    }
  }
}
