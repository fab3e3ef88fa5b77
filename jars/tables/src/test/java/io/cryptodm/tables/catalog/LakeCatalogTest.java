package io.cryptodm.tables.catalog;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cryptodm.contracts.Spec;
import io.cryptodm.tables.TestLake;
import java.io.Closeable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LakeCatalogTest {
  private static final int PROGRAMS = 6;

  @TempDir Path folder;

  @Test
  void manyProgramsMayOpenANewCatalogAtOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(PROGRAMS);
    try {
      for (int round = 0; round < 5; round++) {
        Spec.Catalog spec = TestLake.specIn(folder.resolve("lake" + round)).catalog();
        CyclicBarrier together = new CyclicBarrier(PROGRAMS);
        List<Future<Catalog>> opened = new ArrayList<>();
        for (int program = 0; program < PROGRAMS; program++) {
          opened.add(
              threads.submit(
                  () -> {
                    together.await();
                    return LakeCatalog.open(spec);
                  }));
        }
        for (Future<Catalog> its : opened) {
          Catalog catalog = its.get();
          assertTrue(((SupportsNamespaces) catalog).listNamespaces().isEmpty());
          ((Closeable) catalog).close();
        }
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
