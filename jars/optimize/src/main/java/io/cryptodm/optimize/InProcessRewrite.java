package io.cryptodm.optimize;

import io.cryptodm.tables.compact.SortedRewrite;
import io.cryptodm.tables.origin.CommitMark;
import io.cryptodm.tables.verify.GuardedTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.Table;
import org.apache.iceberg.actions.BinPackRewriteFilePlanner;
import org.apache.iceberg.actions.RewriteDataFilesCommitManager;
import org.apache.iceberg.actions.RewriteFileGroup;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.io.CloseableIterable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Rewrites small data files without Spark: Iceberg plans and commits the file groups, this process moves the rows. */
final class InProcessRewrite {
  private static final Logger LOG = LoggerFactory.getLogger(InProcessRewrite.class);

  /** Several commits, so that a lost race costs one part only; more of them would lose races more often. */
  private static final int MOST_COMMITS = 10;

  private final Table table;
  private final GuardedTable.Comparison compared;
  private final Expression filter;
  private final Map<String, String> options;

  /**
   * @param table guarded
   * @param compared what its guard counts
   * @param filter files without matching rows are not rewritten
   * @param options of Iceberg's planner
   */
  InProcessRewrite(Table table, GuardedTable.Comparison compared, Expression filter, Map<String, String> options) {
    this.table = table;
    this.compared = compared;
    this.filter = filter;
    this.options = options;
  }

  /** The groups of files to rewrite. */
  List<RewriteFileGroup> plan() {
    BinPackRewriteFilePlanner planner = new BinPackRewriteFilePlanner(table, filter);
    planner.init(options);
    List<RewriteFileGroup> groups = new ArrayList<>();
    try (CloseableIterable<RewriteFileGroup> planned = planner.plan().groups()) {
      planned.forEach(groups::add);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot plan the rewrite of " + table.name(), e);
    }
    return groups;
  }

  /** True if this process can read every file. */
  boolean isPossible(List<RewriteFileGroup> groups) {
    SortedRewrite rewrite = new SortedRewrite(table, compared);
    return groups.stream().allMatch(group -> group.outputSpecId() == table.spec().specId() && group.fileScanTasks().stream().allMatch(rewrite::canRead));
  }

  /**
   * Rewrites groups of the table's present snapshot.
   *
   * @throws CommitFailedException if some groups lost a race; the others are committed
   */
  Rewritten run(List<RewriteFileGroup> groups) {
    RewriteDataFilesCommitManager commits = new RewriteDataFilesCommitManager(table, table.currentSnapshot().snapshotId(), true, CommitMark.properties());
    SortedRewrite rewrite = new SortedRewrite(table, compared);
    int perCommit = (groups.size() + MOST_COMMITS - 1) / MOST_COMMITS;
    Rewritten done = Rewritten.NONE;
    int failed = 0;
    for (int from = 0; from < groups.size(); from += perCommit) {
      List<RewriteFileGroup> its = groups.subList(from, Math.min(groups.size(), from + perCommit));
      its.forEach(group -> group.setOutputFiles(rewrite.write(group.fileScanTasks(), group.expectedOutputFiles())));
      if (commit(commits, new HashSet<>(its))) {
        done = done.plus(Rewritten.of(its));
      } else {
        failed += its.stream().mapToInt(RewriteFileGroup::inputFileNum).sum();
      }
    }
    if (failed > 0) {
      throw new CommitFailedException("The rewrite of %s files lost a race with a writer; run the maintenance again", failed);
    }
    return done;
  }

  private boolean commit(RewriteDataFilesCommitManager commits, Set<RewriteFileGroup> groups) {
    try {
      commits.commitFileGroups(groups);
      return true;
    } catch (CommitStateUnknownException e) {
      // It may have been committed, so its files must stay.
      throw e;
    } catch (CommitFailedException | ValidationException e) {
      LOG.warn("{}: the rewrite of {} file groups lost a race with another commit: {}", table.name(), groups.size(), e.getMessage());
      groups.forEach(commits::abortFileGroup);
      return false;
    } catch (RuntimeException e) {
      groups.forEach(commits::abortFileGroup);
      throw e;
    }
  }
}
