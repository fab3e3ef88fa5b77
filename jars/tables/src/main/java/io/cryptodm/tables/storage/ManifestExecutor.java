package io.cryptodm.tables.storage;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.iceberg.Table;
import org.apache.iceberg.util.ThreadPools;

/**
 * Who reads and writes the manifests of a commit. Iceberg's own pool is for slow storage: whoever uses it looks every 10 ms whether it is done
 * ({@code org.apache.iceberg.util.Tasks}), several times a commit, and waits behind all that others gave it. Local files are read sooner than that.
 */
public final class ManifestExecutor {
  private static final ExecutorService SAME = new SameThread();

  private ManifestExecutor() {}

  /** The caller's own thread for local files, else Iceberg's pool. */
  public static ExecutorService of(Table table) {
    return table.io() instanceof LocalFileIO ? SAME : ThreadPools.getWorkerPool();
  }

  private static final class SameThread extends AbstractExecutorService {
    @Override
    public void execute(Runnable task) {
      task.run();
    }

    @Override
    public void shutdown() {}

    @Override
    public List<Runnable> shutdownNow() {
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return false;
    }

    @Override
    public boolean isTerminated() {
      return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return true;
    }
  }
}
