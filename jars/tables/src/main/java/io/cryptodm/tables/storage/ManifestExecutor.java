package io.cryptodm.tables.storage;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.iceberg.Table;
import org.apache.iceberg.util.ThreadPools;

/**
 * The threads that read and write the manifests of a commit. Iceberg's own pool is for slow storage: its callers poll every 10 ms for the result
 * ({@code org.apache.iceberg.util.Tasks}), several times a commit, and queue behind each other. Local files are read sooner than that.
 */
public final class ManifestExecutor {
  private static final ExecutorService SAME = new SameThread();

  private ManifestExecutor() {}

  /** Runs tasks on the caller's thread for local files, else on Iceberg's pool. */
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
