package io.cryptodm.tables.origin;

import static io.cryptodm.tables.TestLake.NOON;
import static io.cryptodm.tables.TestLake.QUOTES;
import static io.cryptodm.tables.TestLake.batch;
import static io.cryptodm.tables.TestLake.key;
import static io.cryptodm.tables.TestLake.minutes;
import static io.cryptodm.tables.TestLake.quote;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cryptodm.tables.ForeignEngine;
import io.cryptodm.tables.WithLake;
import io.cryptodm.tables.catalog.DeclaredTables;
import io.cryptodm.tables.cleanup.SnapshotThinning;
import io.cryptodm.tables.repair.TableDamage;
import io.cryptodm.tables.repair.TableRepair;
import io.cryptodm.tables.rows.UpsertRule;
import io.cryptodm.tables.write.KeyedTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.expressions.Expressions;
import org.junit.jupiter.api.Test;

class ForeignCommitsTest extends WithLake {
  private Table table() {
    return lake.table(QUOTES);
  }

  private List<ForeignCommit> foreign() {
    return ForeignCommits.of(table()).open();
  }

  @Test
  void theLakesOwnCommitsAreNone() {
    KeyedTable quotes = lake.quotes();
    quotes.upsert(batch(1, minutes("BTC", 3_000, 0, "1")));
    quotes.upsert(batch(quote("BTC", NOON, "2", 3_000)));
    Table table = table();
    table.newFastAppend().appendFile(table.currentSnapshot().addedDataFiles(table.io()).iterator().next()).set(CommitMark.NAME, "own").commit();
    new TableRepair(table(), UpsertRule.QUOTES).repair(false);
    for (Snapshot snapshot : table().snapshots()) {
      assertTrue(CommitMark.of(snapshot) != null, snapshot.toString());
    }
    assertEquals(List.of(), foreign());
  }

  @Test
  void areNamedByEngineAndRows() {
    lake.quotes().upsert(batch(1, minutes("BTC", 10, 0, "1")));
    ForeignEngine.append(table(), quote("BTC", NOON, "9", 0), quote("BTC", NOON.plusSeconds(36_000), "9", 0));
    ForeignEngine.append(table(), false, quote("ETH", NOON, "9", 0));
    table().newDelete().deleteFromRowFilter(Expressions.equal("asset_id", "ETH")).commit();
    List<ForeignCommit> found = foreign();
    assertEquals(List.of(ForeignEngine.NAME, "a program with Iceberg's Java library", "a program with Iceberg's Java library"),
        found.stream().map(ForeignCommit::engine).toList());
    assertEquals(List.of("append", "append", "delete"), found.stream().map(ForeignCommit::operation).toList());
    assertEquals(List.of(2L, 1L, 0L), found.stream().map(ForeignCommit::added).toList());
    assertEquals(1, found.get(2).deleted());
  }

  /** The rule that status has in another language. */
  @Test
  void followTheRuleOfTheFixture() throws IOException {
    JsonNode cases = new ObjectMapper().readTree(Path.of("../../test/fixtures/foreign/commits.json").toFile()).path("cases");
    assertTrue(cases.size() > 5);
    for (JsonNode its : cases) {
      Map<String, String> summary = new HashMap<>();
      its.path("summary").fields().forEachRemaining(field -> summary.put(field.getKey(), field.getValue().asText()));
      long from = its.path("from").isNull() ? Long.MAX_VALUE : its.path("from").asLong();
      boolean foreign = ForeignCommits.isForeign(its.path("sequence").asLong(), its.path("operation").asText(), summary, from);
      assertEquals(!its.path("foreign").isNull(), foreign, its.toString());
      if (foreign) {
        ForeignCommit commit = ForeignCommit.of(its.path("sequence").asLong(), 0, its.path("operation").asText(), summary);
        assertEquals(its.path("foreign").path("engine").asText(), commit.engine());
        assertEquals(its.path("foreign").path("added").asLong(), commit.added());
        assertEquals(its.path("foreign").path("deleted").asLong(), commit.deleted());
      }
    }
  }

  @Test
  void areRememberedWhenTheirSnapshotsAreGone() {
    lake.quotes().upsert(batch(1, minutes("BTC", 10, 0, "1")));
    ForeignEngine.append(table(), quote("BTC", NOON, "9", 0));
    List<ForeignCommit> found = foreign();
    // The writer notes it with its next batch; after that anybody may expire the snapshot.
    lake.quotes().upsert(batch(quote("ETH", NOON, "2", 10)));
    table().expireSnapshots().expireOlderThan(System.currentTimeMillis() + 1).retainLast(1).commit();
    assertEquals(1, lake.snapshots(QUOTES));
    assertEquals(found, foreign());
    ForeignEngine.append(table(), quote("BTC", NOON, "8", 0));
    lake.quotes().upsert(batch(quote("ETH", NOON, "3", 11)));
    SnapshotThinning.thin(table(), System.currentTimeMillis() + 30L * 86_400_000);
    assertEquals(2, foreign().size());
  }

  @Test
  void aThinningRemembersThemWithoutAWriter() {
    ForeignEngine.append(table(), quote("BTC", NOON, "9", 0));
    lake.table(QUOTES).newFastAppend().set(CommitMark.NAME, "own").commit();
    SnapshotThinning.thin(table(), System.currentTimeMillis() + 30L * 86_400_000);
    assertEquals(1, lake.snapshots(QUOTES));
    assertEquals(1, foreign().size());
  }

  @Test
  void manyAreRememberedAsOne() {
    for (int i = 0; i < ForeignCommits.MOST + 10; i++) {
      ForeignEngine.append(table(), quote("BTC", NOON.plusSeconds(60L * i), "9", 0));
    }
    ForeignCommits.of(table()).remember(table());
    table().expireSnapshots().expireOlderThan(System.currentTimeMillis() + 1).retainLast(1).commit();
    List<ForeignCommit> found = foreign();
    assertEquals(ForeignCommits.MOST, found.size());
    assertEquals(ForeignCommits.MOST + 10, found.stream().mapToLong(ForeignCommit::commits).sum());
    assertEquals(ForeignCommits.MOST + 10, found.stream().mapToLong(ForeignCommit::added).sum());
  }

  @Test
  void repairKeepsTheRowOfTheLakeWhateverRevisionTheOtherClaims() {
    lake.quotes().upsert(batch(1, minutes("BTC", 10, 0, "1")));
    Map<String, String> own = lake.prices();
    ForeignEngine.append(table(), quote("BTC", NOON, "9", 0), quote("BTC", NOON.plusSeconds(60), "9", 500), quote("BTC", NOON.plusSeconds(36_000), "7", 500));
    TableDamage found = new TableRepair(table(), UpsertRule.QUOTES).repair(false);
    assertEquals(2, found.foreignTwice());
    assertEquals(1, found.foreignRows());
    Map<String, String> after = lake.prices();
    assertEquals("7", after.remove(key("BTC", NOON.plusSeconds(36_000))));
    assertEquals(own, after);
    assertEquals(List.of(), foreign());
  }

  @Test
  void theWriterRevisesTheLakesRowBesideAForeignOne() {
    KeyedTable quotes = lake.quotes();
    quotes.upsert(batch(1, minutes("BTC", 10, 0, "1")));
    ForeignEngine.append(table(), quote("BTC", NOON, "9", 500), quote("ETH", NOON, "9", 0));
    String file = ForeignEngine.files(table()).stream().filter(location -> !location.contains("/hot-")).findFirst().orElseThrow();
    assertTrue(quotes.upsert(batch(quote("BTC", NOON, "2", 10), quote("BTC", NOON.plusSeconds(60), "2", 11))).committed());
    assertTrue(lake.quotes().upsert(batch(quote("BTC", NOON, "3", 12))).committed());
    // The other engine's file was not taken for a small one of an earlier process.
    assertTrue(ForeignEngine.files(table()).contains(file));
    new TableRepair(table(), UpsertRule.QUOTES).repair(false);
    Map<String, String> prices = lake.prices();
    assertEquals("3", prices.get(key("BTC", NOON)));
    assertEquals("2", prices.get(key("BTC", NOON.plusSeconds(60))));
    assertEquals("9", prices.get(key("ETH", NOON)));
    assertEquals(11, prices.size());
    assertFalse(quotes.upsert(batch(quote("BTC", NOON, "3", 12))).committed());
  }

  @Test
  void acceptingNeedsEachKeyOnce() {
    lake.quotes().upsert(batch(1, minutes("BTC", 10, 0, "1")));
    ForeignEngine.append(table(), quote("BTC", NOON, "9", 0));
    assertEquals(1, new TableRepair(table(), UpsertRule.QUOTES).accept().foreignTwice());
    assertEquals(1, foreign().size());
    new TableRepair(table(), UpsertRule.QUOTES).repair(false);
    ForeignEngine.append(table(), quote("ETH", NOON, "9", 0));
    new TableRepair(table(), UpsertRule.QUOTES).accept();
    assertEquals(List.of(), foreign());
    assertEquals(11, lake.prices().size());
  }

  @Test
  void commitsOfAnEarlierVersionAreTakenForTheLakesOwn() {
    table().updateProperties().remove(ForeignCommits.MARKED_FROM).commit();
    ForeignEngine.append(table(), false, quote("BTC", NOON, "1", 0));
    ForeignEngine.append(table(), quote("BTC", NOON, "9", 0));
    assertEquals(List.of(ForeignEngine.NAME), foreign().stream().map(ForeignCommit::engine).toList());
    // From now on each commit must carry the mark.
    new DeclaredTables(lake.catalog).apply(lake.spec.tables());
    ForeignEngine.append(table(), false, quote("BTC", NOON, "8", 0));
    assertEquals(2, foreign().size());
    new DeclaredTables(lake.catalog).apply(lake.spec.tables());
    assertEquals(2, foreign().size());
  }

  @Test
  void otherBranchesAndAllowedTablesAreNone() {
    lake.quotes().upsert(batch(1, minutes("BTC", 10, 0, "1")));
    Table table = table();
    table.manageSnapshots().createBranch("trial").commit();
    table.newDelete().deleteFromRowFilter(Expressions.alwaysTrue()).toBranch("trial").commit();
    assertEquals(List.of(), foreign());
    ForeignEngine.append(table(), quote("ETH", NOON, "9", 0));
    assertEquals(1, foreign().size());
    table().updateProperties().set(ForeignCommits.ALLOWED, "true").commit();
    assertEquals(List.of(), foreign());
  }
}
