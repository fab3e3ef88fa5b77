package io.cryptodm.tables.origin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.DataOperations;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.HistoryEntry;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.UpdateProperties;
import org.apache.iceberg.util.SnapshotUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The commits of data by other engines that nobody has dealt with, as the table was when it was last refreshed. Those whose snapshots may expire
 * are remembered in a property of the table, so that its maintenance knows their files for as long as it takes.
 */
public final class ForeignCommits {
  /** What is remembered, see {@link ForeignCommit#write}. */
  static final String REMEMBERED = "cryptodm.foreign.commits";

  /** Sequence number up to which all commits have been dealt with. */
  public static final String ACCEPTED = "cryptodm.foreign.accepted";

  /** Sequence number after which every commit of the lake's own programs carries the mark. Up to it, some of Iceberg's Java library do not. */
  public static final String MARKED_FROM = "cryptodm.foreign.from";

  /** {@code true} on a table that other engines may write. */
  public static final String ALLOWED = "cryptodm.foreign.allowed";

  /** Days for which a table keeps its rows, by the day that it is partitioned by; absent or 0: for ever. */
  public static final String KEPT_DAYS = "cryptodm.keep.days";

  /** Beyond this number, the oldest are remembered as one: the property is in each metadata file. */
  static final int MOST = 50;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Logger LOG = LoggerFactory.getLogger(ForeignCommits.class);

  private final List<ForeignCommit> open;
  private final List<ForeignCommit> forgettable;

  private ForeignCommits(List<ForeignCommit> open, List<ForeignCommit> forgettable) {
    this.open = open;
    this.forgettable = forgettable;
  }

  public static ForeignCommits of(Table table) {
    Map<String, String> properties = table.properties();
    if (Boolean.parseBoolean(properties.get(ALLOWED))) {
      return new ForeignCommits(List.of(), List.of());
    }
    long accepted = number(properties, ACCEPTED, 0);
    List<ForeignCommit> open = new ArrayList<>(remembered(properties).stream().filter(commit -> commit.last() > accepted).toList());
    List<ForeignCommit> forgettable = new ArrayList<>();
    long markedFrom = number(properties, MARKED_FROM, Long.MAX_VALUE);
    List<Snapshot> unmarked = new ArrayList<>();
    for (Snapshot snapshot : table.snapshots()) {
      if (snapshot.sequenceNumber() > accepted && !removesOldRows(properties, snapshot) && isForeign(snapshot.sequenceNumber(), snapshot.operation(), CommitMark.summary(snapshot), markedFrom) && open.stream().noneMatch(commit -> commit.holds(snapshot.sequenceNumber()))) {
        unmarked.add(snapshot);
      }
    }
    if (!unmarked.isEmpty()) {
      Set<Long> line = line(table);
      unmarked.stream().filter(snapshot -> line.contains(snapshot.snapshotId())).map(ForeignCommit::of).forEach(forgettable::add);
      open.addAll(forgettable);
      open.sort(Comparator.comparingLong(ForeignCommit::first));
    }
    return new ForeignCommits(List.copyOf(open), List.copyOf(forgettable));
  }

  /** Of a table that keeps its rows for some days the maintenance removes whole files, in an account by Athena, which leaves no mark. */
  private static boolean removesOldRows(Map<String, String> properties, Snapshot snapshot) {
    Map<String, String> summary = CommitMark.summary(snapshot);
    return number(properties, KEPT_DAYS, 0) > 0
        && DataOperations.DELETE.equals(snapshot.operation())
        && !summary.containsKey("added-data-files")
        && !summary.containsKey("added-delete-files");
  }

  /** A commit that only moves rows is nobody's: its format promises that it changes none. */
  static boolean isForeign(long sequence, String operation, Map<String, String> summary, long markedFrom) {
    if (summary.containsKey(CommitMark.NAME) || DataOperations.REPLACE.equals(operation)) {
      return false;
    }
    boolean perhapsOfAnEarlierVersion = sequence <= markedFrom && summary.containsKey("iceberg-version");
    return !perhapsOfAnEarlierVersion || !ForeignCommit.named(summary).isEmpty();
  }

  /** The snapshots that are, or once were, the table's state: not those of other branches. */
  private static Set<Long> line(Table table) {
    Set<Long> line = new HashSet<>(table.currentSnapshot() == null ? List.of() : SnapshotUtil.currentAncestorIds(table));
    table.history().stream().map(HistoryEntry::snapshotId).forEach(line::add);
    return line;
  }

  private static List<ForeignCommit> remembered(Map<String, String> properties) {
    List<ForeignCommit> commits = new ArrayList<>();
    try {
      JSON.readTree(properties.getOrDefault(REMEMBERED, "[]")).forEach(node -> commits.add(ForeignCommit.read(node)));
    } catch (JsonProcessingException e) {
      LOG.warn("The table property {} cannot be read and counts as empty: {}", REMEMBERED, e.getOriginalMessage());
    }
    return commits;
  }

  private static long number(Map<String, String> properties, String name, long otherwise) {
    try {
      return properties.containsKey(name) ? Long.parseLong(properties.get(name)) : otherwise;
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }

  /** In the order in which they were made. */
  public List<ForeignCommit> open() {
    return open;
  }

  public boolean isEmpty() {
    return open.isEmpty();
  }

  /** True if one of them has written the file, data or deletes. */
  public boolean wrote(ContentFile<?> file) {
    Long sequence = open.isEmpty() ? null : file.fileSequenceNumber();
    return sequence != null && open.stream().anyMatch(commit -> commit.holds(sequence));
  }

  /** True if rows of the file, or the deletes of some of its rows, are theirs. */
  public boolean touched(FileScanTask task) {
    return !open.isEmpty() && (wrote(task.file()) || task.deletes().stream().anyMatch(this::wrote));
  }

  /** Remembers those whose snapshots may expire, in a commit of its own. Call it before snapshots expire. */
  public void remember(Table table) {
    if (forgettable.isEmpty()) {
      return;
    }
    forgettable.forEach(
        commit -> LOG.warn("{}: {} has committed ({}): {} rows written, {} removed", table.name(), commit.engine(), commit.operation(), commit.added(), commit.deleted()));
    table.updateProperties().set(REMEMBERED, text(folded(open))).commit();
  }

  private static List<ForeignCommit> folded(List<ForeignCommit> commits) {
    List<ForeignCommit> folded = new ArrayList<>(commits);
    while (folded.size() > MOST) {
      folded.set(1, folded.get(0).with(folded.get(1)));
      folded.remove(0);
    }
    return folded;
  }

  private static String text(Collection<ForeignCommit> commits) {
    ArrayNode list = JSON.createArrayNode();
    commits.forEach(commit -> commit.write(list.addObject()));
    return list.toString();
  }

  /** Notes that everything up to a snapshot has been dealt with. */
  public static void accept(Table table, Snapshot upTo) {
    table.refresh();
    List<ForeignCommit> later = remembered(table.properties()).stream().filter(commit -> commit.last() > upTo.sequenceNumber()).toList();
    UpdateProperties update = table.updateProperties().set(ACCEPTED, Long.toString(upTo.sequenceNumber()));
    if (later.isEmpty()) {
      update.remove(REMEMBERED);
    } else {
      update.set(REMEMBERED, text(later));
    }
    update.commit();
  }
}
