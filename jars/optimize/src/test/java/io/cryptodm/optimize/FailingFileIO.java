package io.cryptodm.optimize;

import io.cryptodm.tables.storage.LocalFileIO;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.io.SupportsPrefixOperations;

/**
 * Local files of a process that is killed: after a number of files written or removed every call fails, so that it can neither commit nor clean
 * up. The last file is complete, but its writer gets an error. Each simulated process has its own count and stays ended.
 */
public final class FailingFileIO implements SupportsPrefixOperations {
  private static final long serialVersionUID = 1L;
  private static final List<SimulatedProcess> PROCESSES = new CopyOnWriteArrayList<>(List.of(new SimulatedProcess(Integer.MAX_VALUE)));

  private final LocalFileIO files = new LocalFileIO();
  private int process;

  /** Counts the files that one process may still write or remove. */
  static final class SimulatedProcess {
    private final AtomicInteger left;
    private final CountDownLatch ended = new CountDownLatch(1);

    private SimulatedProcess(int files) {
      this.left = new AtomicInteger(files);
    }

    CountDownLatch ended() {
      return ended;
    }

    private void require() {
      if (left.get() <= 0) {
        throw new Killed();
      }
    }

    private void countDown() {
      if (left.decrementAndGet() <= 0) {
        ended.countDown();
        throw new Killed();
      }
    }
  }

  /** An error, because the code under test does not try again after one. */
  static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** Starts a process that is killed at its n-th file. Every FileIO opened from now on belongs to it. */
  static SimulatedProcess begin(int files) {
    SimulatedProcess begun = new SimulatedProcess(files);
    PROCESSES.add(begun);
    return begun;
  }

  private SimulatedProcess process() {
    return PROCESSES.get(process);
  }

  private void requireAlive() {
    process().require();
  }

  private void countDown() {
    process().countDown();
  }

  @Override
  public void initialize(Map<String, String> properties) {
    process = PROCESSES.size() - 1;
    files.initialize(properties);
  }

  @Override
  public Map<String, String> properties() {
    return files.properties();
  }

  @Override
  public InputFile newInputFile(String location) {
    requireAlive();
    return files.newInputFile(location);
  }

  @Override
  public InputFile newInputFile(String location, long length) {
    requireAlive();
    return files.newInputFile(location, length);
  }

  @Override
  public OutputFile newOutputFile(String location) {
    OutputFile file = files.newOutputFile(location);
    return new OutputFile() {
      @Override
      public PositionOutputStream create() {
        requireAlive();
        return new FailingStream(file.create());
      }

      @Override
      public PositionOutputStream createOrOverwrite() {
        requireAlive();
        return new FailingStream(file.createOrOverwrite());
      }

      @Override
      public String location() {
        return location;
      }

      @Override
      public InputFile toInputFile() {
        return newInputFile(location);
      }
    };
  }

  @Override
  public void deleteFile(String location) {
    requireAlive();
    files.deleteFile(location);
    countDown();
  }

  @Override
  public Iterable<FileInfo> listPrefix(String prefix) {
    requireAlive();
    return files.listPrefix(prefix);
  }

  @Override
  public void deletePrefix(String prefix) {
    requireAlive();
    files.deletePrefix(prefix);
    countDown();
  }

  private final class FailingStream extends PositionOutputStream {
    private final PositionOutputStream stream;
    private boolean closed;

    FailingStream(PositionOutputStream stream) {
      this.stream = stream;
    }

    @Override
    public long getPos() throws IOException {
      return stream.getPos();
    }

    @Override
    public void write(int value) throws IOException {
      requireAlive();
      stream.write(value);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      requireAlive();
      stream.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      stream.close();
      if (!closed) {
        closed = true;
        countDown();
      }
    }
  }
}
