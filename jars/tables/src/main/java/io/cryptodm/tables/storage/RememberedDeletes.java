package io.cryptodm.tables.storage;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.BaseDeleteLoader;

/** Reads each file of position deletes once for all data files to which it applies, as long as they are not too many for the memory. */
final class RememberedDeletes extends BaseDeleteLoader {
  /** Iceberg counts one byte a deleted row; in memory it takes up to two. */
  private static final long MOST_BYTES = 8L << 20;

  private final Map<String, Object> read = new ConcurrentHashMap<>();
  private final AtomicLong bytes = new AtomicLong();

  RememberedDeletes(Table table) {
    super(table.io()::newInputFile, ManifestExecutor.of(table));
  }

  @Override
  protected boolean canCache(long size) {
    return bytes.get() + size <= MOST_BYTES;
  }

  @Override
  @SuppressWarnings("unchecked")
  protected <V> V getOrLoad(String key, Supplier<V> load, long size) {
    return (V)
        read.computeIfAbsent(
            key,
            its -> {
              bytes.addAndGet(size);
              return load.get();
            });
  }
}
