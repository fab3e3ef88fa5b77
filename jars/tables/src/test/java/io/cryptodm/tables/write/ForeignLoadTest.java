package io.cryptodm.tables.write;

import static io.cryptodm.tables.TestLake.NOON;
import static io.cryptodm.tables.TestLake.QUOTES;
import static io.cryptodm.tables.TestLake.batch;
import static io.cryptodm.tables.TestLake.key;
import static io.cryptodm.tables.TestLake.quote;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.tables.ForeignEngine;
import io.cryptodm.tables.TestLake;
import io.cryptodm.tables.WithLake;
import io.cryptodm.tables.rows.Row;
import io.cryptodm.tables.rows.UpsertRule;
import io.cryptodm.tables.storage.CatalogTurn;
import io.cryptodm.tables.storage.CommitWatch;
import io.cryptodm.tables.storage.ForwardedOperations;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.exceptions.ValidationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Writers of the same table that commit as fast as they can, each through a catalog of its own, as in processes of their own. */
@Timeout(300)
class ForeignLoadTest extends WithLake {
  private static final int BATCHES = 6;
  private static final int COINS = 5;

  /** Batch after batch revises the same minute, and adds one. */
  private static void write(KeyedTable table, String prefix, int partition) {
    for (int number = 0; number < BATCHES; number++) {
      List<Row> rows = new ArrayList<>();
      for (int coin = 0; coin < COINS; coin++) {
        long offset = (long) number * COINS * 2 + coin * 2;
        rows.add(quote(prefix + coin, NOON, Integer.toString(number), 1, partition, offset));
        rows.add(quote(prefix + coin, NOON.plusSeconds(60L * (number + 1)), "7", 1, partition, offset + 1));
      }
      table.upsert(batch(1, rows));
    }
  }

  private static Map<String, String> written(String prefix) {
    Map<String, String> prices = new HashMap<>();
    for (int coin = 0; coin < COINS; coin++) {
      prices.put(key(prefix + coin, NOON), Integer.toString(BATCHES - 1));
      for (int number = 0; number < BATCHES; number++) {
        prices.put(key(prefix + coin, NOON.plusSeconds(60L * (number + 1))), "7");
      }
    }
    return prices;
  }

  @Test
  void anEngineThatNeverPausesKeepsNoBatchOut() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    CountDownLatch going = new CountDownLatch(3);
    Map<String, String> foreign = new HashMap<>();
    try (TestLake other = TestLake.in(folder)) {
      Table theirs = other.table(QUOTES);
      CompletableFuture<Void> engine =
          CompletableFuture.runAsync(
              () -> {
                for (int minute = 0; !over.get(); minute++) {
                  ForeignEngine.append(theirs, quote("FOREIGN", NOON.plusSeconds(60L * (minute % 600)), "9", 1, 1, minute));
                  foreign.put(key("FOREIGN", NOON.plusSeconds(60L * (minute % 600))), "9");
                  going.countDown();
                }
              });
      try {
        going.await();
        write(lake.quotes(), "OURS", 0);
      } finally {
        over.set(true);
        engine.join();
      }
      assertTrue(foreign.size() < 600, "the engine began again");
      Map<String, String> all = written("OURS");
      all.putAll(foreign);
      assertEquals(all, lake.prices());
    }
  }

  /** A writer whose catalog knows no turns and that loses each race, until somebody stops the others. */
  private KeyedTable losing(AtomicBoolean over, Table theirs) {
    TableOperations real = ((HasTableOperations) lake.table(QUOTES)).operations();
    TableOperations losing =
        new ForwardedOperations(real) {
          private int minute;

          @Override
          public void commit(TableMetadata base, TableMetadata metadata) {
            if (!over.get() && metadata.currentSnapshot() != base.currentSnapshot()) {
              ForeignEngine.append(theirs, quote("FOREIGN", NOON.plusSeconds(60L * minute++), "9", 1, 1, minute));
            }
            super.commit(base, metadata);
          }

          @Override
          public <T> T inTurn(Supplier<T> attempt) {
            return attempt.get();
          }
        };
    Table table = new BaseTable(losing, QUOTES);
    return new KeyedTable(() -> table, UpsertRule.QUOTES, KeyedTable.Tuning.DEFAULT, Clock.systemUTC());
  }

  @Test
  void aWaitIsNamedAndGoesOnWhenTheOthersPause() {
    AtomicBoolean over = new AtomicBoolean();
    List<String> said = new ArrayList<>();
    CommitWatch watch =
        new CommitWatch(
            Duration.ZERO,
            new CommitWatch.Listener() {
              @Override
              public void waits(String reason) {
                said.add(reason);
                // More than a batch of a lake has ever had.
                over.set(said.size() == 14);
              }

              @Override
              public void goesOn() {
                said.add("goes on");
              }
            });
    KeyedTable quotes = losing(over, lake.table(QUOTES));
    watch.over(() -> quotes.upsert(batch(quote("BTC", NOON, "1", 0))));
    assertEquals(15, said.size());
    String since = Instant.now().toString().substring(0, 14);
    assertTrue(said.get(13).startsWith("Others commit to " + QUOTES + " all the time: a commit has lost 14 races since " + since), said.get(13));
    assertEquals("goes on", said.get(14));
    assertEquals("1", lake.prices().get(key("BTC", NOON)));
    assertEquals(15, lake.prices().size());
  }

  @Test
  void aWriterThatWaitsCanBeStopped() throws Exception {
    CountDownLatch waits = new CountDownLatch(4);
    CommitWatch watch =
        new CommitWatch(
            Duration.ZERO,
            new CommitWatch.Listener() {
              @Override
              public void waits(String reason) {
                waits.countDown();
              }
            });
    KeyedTable quotes = losing(new AtomicBoolean(), lake.table(QUOTES));
    CompletableFuture<Void> job = CompletableFuture.runAsync(() -> watch.over(() -> quotes.upsert(batch(quote("BTC", NOON, "1", 0)))));
    waits.await();
    watch.stop();
    Throwable end = assertThrows(CompletionException.class, job::join).getCause();
    assertTrue(end.getMessage().startsWith("Stopped while waiting for another attempt to commit"), end.toString());
    assertFalse(lake.prices().containsKey(key("BTC", NOON)));
  }

  @Test
  void aCatalogThatRefusesWithoutARaceEndsTheBatch() {
    TableOperations real = ((HasTableOperations) lake.table(QUOTES)).operations();
    AtomicInteger commits = new AtomicInteger();
    TableOperations refusing =
        new ForwardedOperations(real) {
          @Override
          public void commit(TableMetadata base, TableMetadata metadata) {
            commits.incrementAndGet();
            throw new ValidationException("the catalog is ill");
          }
        };
    Table table = new BaseTable(refusing, QUOTES);
    KeyedTable quotes = new KeyedTable(() -> table, UpsertRule.QUOTES, new KeyedTable.Tuning(100, 100, 100, 3), Clock.systemUTC());
    ValidationException end = assertThrows(ValidationException.class, () -> quotes.upsert(batch(quote("BTC", NOON, "1", 0))));
    assertEquals("the catalog is ill", end.getMessage());
    assertEquals(3, commits.get());
  }

  @Test
  void aTurnKeepsOtherWritersOfTheCatalogWaitingAndEndsWithItsAttempt() throws Exception {
    Table table = lake.table(QUOTES);
    try (TestLake other = TestLake.in(folder)) {
      Table theirs = other.table(QUOTES);
      List<CompletableFuture<Void>> begun = new ArrayList<>();
      assertThrows(
          IllegalStateException.class,
          () ->
              CatalogTurn.of(
                  table,
                  () -> {
                    begun.add(CompletableFuture.runAsync(() -> theirs.updateProperties().set("theirs", "1").commit()));
                    table.updateProperties().set("first", "1").commit();
                    // The turn is over with that commit, so theirs is made.
                    begun.get(0).join();
                    throw new IllegalStateException("the attempt fails");
                  }));
      table.updateProperties().set("last", "1").commit();
      theirs.refresh();
      assertTrue(theirs.properties().keySet().containsAll(List.of("first", "theirs", "last")));
    }
  }

  @Test
  void twoLakesOnOneTableBothGoOn() throws Exception {
    try (TestLake other = TestLake.in(folder)) {
      CompletableFuture<Void> second = CompletableFuture.runAsync(() -> write(other.quotes(), "SECOND", 1));
      write(lake.quotes(), "FIRST", 0);
      second.join();
    }
    Map<String, String> all = written("FIRST");
    all.putAll(written("SECOND"));
    assertEquals(all, lake.prices());
  }
}
