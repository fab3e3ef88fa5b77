package io.cryptodm.tables.compact;

import io.cryptodm.tables.storage.CommitRetry;
import io.cryptodm.tables.storage.ManifestExecutor;
import io.cryptodm.tables.storage.TableFiles;
import java.util.List;
import org.apache.iceberg.RewriteFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Commits that move rows and change none; one that meets another writer is given up until the next time. */
final class MergeCommit {
  private static final Logger LOG = LoggerFactory.getLogger(MergeCommit.class);

  private final Table table;
  private final TableFiles files;

  MergeCommit(Table table, TableFiles files) {
    this.table = table;
    this.files = files;
  }

  /** What goes into one commit; answers with the new files. */
  interface Draft {
    List<String> into(RewriteFiles rewrite);
  }

  /** @return false when it was given up, without a trace */
  boolean commit(Snapshot base, Draft draft) {
    List<String> written = List.of();
    try {
      RewriteFiles rewrite = table.newRewrite().scanManifestsWith(ManifestExecutor.of(table)).validateFromSnapshot(base.snapshotId());
      written = draft.into(rewrite);
      rewrite.commit();
      return true;
    } catch (CommitStateUnknownException e) {
      // It may stand: its files must stay.
      throw e;
    } catch (RuntimeException e) {
      files.discard(written);
      if (!CommitRetry.isTransient(e)) {
        throw e;
      }
      LOG.info("{}: a merge met another writer and is left for later: {}", table.name(), CommitRetry.reason(e));
      return false;
    }
  }
}
