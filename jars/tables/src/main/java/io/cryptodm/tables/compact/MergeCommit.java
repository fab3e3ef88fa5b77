package io.cryptodm.tables.compact;

import io.cryptodm.tables.origin.CommitMark;
import io.cryptodm.tables.origin.CommitOutcome;
import io.cryptodm.tables.storage.CommitRetry;
import io.cryptodm.tables.storage.ManifestExecutor;
import io.cryptodm.tables.storage.TableFiles;
import java.util.List;
import org.apache.iceberg.RewriteFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Commits that move rows and change none. A commit that loses a race is dropped and left for the next time. */
final class MergeCommit {
  private static final Logger LOG = LoggerFactory.getLogger(MergeCommit.class);

  private final Table table;
  private final TableFiles files;

  MergeCommit(Table table, TableFiles files) {
    this.table = table;
    this.files = files;
  }

  /** Adds to a commit, and returns the locations of the new files. */
  interface Draft {
    List<String> into(RewriteFiles rewrite);
  }

  /** @return false if it lost a race; its files are removed */
  boolean commit(Snapshot base, Draft draft) {
    List<String> written = List.of();
    String mark = CommitMark.next();
    try {
      RewriteFiles rewrite = table.newRewrite().scanManifestsWith(ManifestExecutor.of(table)).validateFromSnapshot(base.snapshotId());
      rewrite.set(CommitMark.NAME, mark);
      written = draft.into(rewrite);
      rewrite.commit();
      return true;
    } catch (RuntimeException e) {
      if (!CommitOutcome.isRefused(table, mark, e)) {
        throw e;
      }
      files.discard(written);
      if (!CommitRetry.isTransient(e)) {
        throw e;
      }
      LOG.info("{}: a merge lost a race with another commit and is left for the next time: {}", table.name(), CommitRetry.reason(e));
      return false;
    }
  }
}
