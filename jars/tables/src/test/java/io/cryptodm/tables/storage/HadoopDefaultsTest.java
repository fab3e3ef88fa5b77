package io.cryptodm.tables.storage;

import static io.cryptodm.tables.TestLake.NOON;
import static io.cryptodm.tables.TestLake.QUOTES;
import static io.cryptodm.tables.TestLake.batch;
import static io.cryptodm.tables.TestLake.quote;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cryptodm.tables.TestLake;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Table;
import org.apache.iceberg.expressions.Expressions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HadoopDefaultsTest {
  /** Notes which of Hadoop's files of settings are looked for. */
  private static final class Watch extends ClassLoader {
    final List<String> asked = new ArrayList<>();

    Watch(ClassLoader parent) {
      super(parent);
    }

    @Override
    public URL getResource(String name) {
      if (name.equals("core-default.xml")) {
        asked.add(name);
      }
      return super.getResource(name);
    }
  }

  @Test
  void commitWithDataAndDeletesReadsNoneOfHadoopsSettings(@TempDir Path folder) throws IOException {
    ClassLoader usual = Thread.currentThread().getContextClassLoader();
    Watch watch = new Watch(usual);
    try (TestLake lake = TestLake.in(folder)) {
      Thread.currentThread().setContextClassLoader(watch);
      assertEquals("file:///", new Configuration().get("fs.defaultFS"));
      assertEquals(List.of("core-default.xml"), watch.asked, "the watch sees what a configuration reads");
      watch.asked.clear();
      lake.quotes().upsert(batch(quote("BTC", NOON, "100", 0)));
      Table table = lake.table(QUOTES);
      TableFiles files = new TableFiles(table, table.schema());
      DataFile data = files.plan(Expressions.alwaysTrue()).get(0).file();
      files.writeDeletes(List.of(new TableFiles.Position(data.location(), 0)), table.spec(), data.partition());
      assertEquals(List.of(), watch.asked);
    } finally {
      Thread.currentThread().setContextClassLoader(usual);
    }
  }
}
