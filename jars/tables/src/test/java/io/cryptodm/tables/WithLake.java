package io.cryptodm.tables;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests of which each has a lake of its own. */
public abstract class WithLake {
  @TempDir protected Path folder;
  protected TestLake lake;

  @BeforeEach
  final void open() {
    lake = TestLake.in(folder);
  }

  @AfterEach
  final void close() throws IOException {
    lake.close();
  }
}
