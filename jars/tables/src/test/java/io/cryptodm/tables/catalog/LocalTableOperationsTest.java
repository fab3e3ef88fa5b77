package io.cryptodm.tables.catalog;

import static io.cryptodm.tables.TestLake.NOON;
import static io.cryptodm.tables.TestLake.QUOTES;
import static io.cryptodm.tables.TestLake.batch;
import static io.cryptodm.tables.TestLake.quote;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cryptodm.tables.WithLake;
import io.cryptodm.tables.storage.LocalFileIO;
import io.cryptodm.tables.write.KeyedTable;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Test;

class LocalTableOperationsTest extends WithLake {
  private static final TableIdentifier NAME = LakeCatalog.identifier(QUOTES);

  private static TableMetadata metadata(Table table) {
    return ((HasTableOperations) table).operations().current();
  }

  private void assertAsInItsFile(Table table) {
    TableMetadata remembered = metadata(table);
    TableMetadata read = TableMetadataParser.read(table.io(), remembered.metadataFileLocation());
    assertEquals(TableMetadataParser.toJson(read), TableMetadataParser.toJson(remembered));
    assertEquals(0, remembered.changes().size());
  }

  @Test
  void metadataThatWasWrittenIsThatOfItsFile() {
    KeyedTable quotes = lake.quotes();
    Table table = lake.table(QUOTES);
    for (int minute = 0; minute < 30; minute++) {
      quotes.upsert(batch(quote("BTC", NOON.plusSeconds(minute * 60L), "1", minute)));
      table.refresh();
      assertAsInItsFile(table);
    }
    table.updateProperties().set("a", "b").commit();
    assertAsInItsFile(table);
    table.updateSchema().addColumn("later", Types.StringType.get()).commit();
    assertAsInItsFile(table);
    table.expireSnapshots().expireOlderThan(Long.MAX_VALUE).retainLast(3).commit();
    assertAsInItsFile(table);
    Transaction several = table.newTransaction();
    several.updateProperties().remove("a").commit();
    several.newFastAppend().commit();
    several.commitTransaction();
    table.refresh();
    assertAsInItsFile(table);
    assertEquals(4, lake.snapshots(QUOTES));
  }

  @Test
  void metadataThatWasWrittenIsNotReadAgain() throws IOException {
    lake.quotes().upsert(batch(quote("BTC", NOON, "1", 0)));
    Table before = lake.table(QUOTES);
    before.updateProperties().set("a", "b").commit();
    Files.delete(LocalFileIO.pathOf(metadata(before).metadataFileLocation()));
    assertEquals("b", lake.catalog.loadTable(NAME).properties().get("a"));
    before.updateProperties().set("a", "c").commit();
    assertEquals("c", lake.catalog.loadTable(NAME).properties().get("a"));
  }

  @Test
  void commitsOfOtherProcessesAreRead() throws IOException {
    Table ours = lake.table(QUOTES);
    Catalog other = LakeCatalog.open(lake.spec.catalog());
    try {
      Table theirs = other.loadTable(NAME);
      for (int round = 0; round < 3; round++) {
        theirs.updateProperties().set("theirs", String.valueOf(round)).commit();
        // It begins from what it knew before and is tried again.
        ours.updateProperties().set("ours", String.valueOf(round)).commit();
        assertEquals(String.valueOf(round), ours.properties().get("theirs"));
        theirs.refresh();
        assertEquals(String.valueOf(round), theirs.properties().get("ours"));
      }
    } finally {
      ((Closeable) other).close();
    }
  }

  @Test
  void commitUponAnOldStateFails() throws IOException {
    Table ours = lake.table(QUOTES);
    TableMetadata old = metadata(ours);
    Catalog other = LakeCatalog.open(lake.spec.catalog());
    try {
      other.loadTable(NAME).updateProperties().set("a", "b").commit();
    } finally {
      ((Closeable) other).close();
    }
    TableMetadata next = TableMetadata.buildFrom(old).setProperties(Map.of("a", "c")).build();
    assertThrows(CommitFailedException.class, () -> ((HasTableOperations) ours).operations().commit(old, next));
    ours.refresh();
    assertEquals("b", ours.properties().get("a"));
  }

  @Test
  void droppedTableIsNamed() throws IOException {
    Table ours = lake.table(QUOTES);
    Catalog other = LakeCatalog.open(lake.spec.catalog());
    try {
      other.dropTable(NAME, false);
    } finally {
      ((Closeable) other).close();
    }
    assertThrows(NoSuchTableException.class, ours::refresh);
    assertThrows(NoSuchTableException.class, () -> lake.catalog.loadTable(NAME));
  }
}
