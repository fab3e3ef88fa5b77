package io.cryptodm.tables.storage;

import java.net.URL;
import java.util.function.Supplier;
import org.apache.iceberg.parquet.Parquet;

/**
 * Hides Hadoop's files of settings from Iceberg's Parquet writers. Each writer has a Hadoop configuration of its own, which looks for them by the class
 * loader of its thread and would parse them again for each file: a third of the processor time of a small commit. A writer needs none of them.
 */
final class HadoopDefaults extends ClassLoader {
  private static final HadoopDefaults HIDDEN = new HadoopDefaults(Parquet.class.getClassLoader());

  private HadoopDefaults(ClassLoader parent) {
    super(parent);
  }

  /** Makes what keeps a Hadoop configuration, so that it never reads the files of settings. */
  static <T> T without(Supplier<T> made) {
    Thread thread = Thread.currentThread();
    ClassLoader usual = thread.getContextClassLoader();
    thread.setContextClassLoader(HIDDEN);
    try {
      return made.get();
    } finally {
      thread.setContextClassLoader(usual);
    }
  }

  @Override
  public URL getResource(String name) {
    return name.endsWith("-default.xml") || name.endsWith("-site.xml") ? null : super.getResource(name);
  }
}
