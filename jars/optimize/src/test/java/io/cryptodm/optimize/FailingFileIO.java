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
 * Local files of a process that dies: after so many files written or removed nothing can be done any more, neither in the table nor to tidy up. The
 * file at which it dies is there, and whoever wrote it never hears of it. Each process has a life of its own; what is left of a dead one stays dead.
 */
public final class FailingFileIO implements SupportsPrefixOperations {
  private static final long serialVersionUID = 1L;
  private static final List<Life> LIVES = new CopyOnWriteArrayList<>(List.of(new Life(Integer.MAX_VALUE)));

  private final LocalFileIO files = new LocalFileIO();
  private int life;

  /** The files that one process may still write or remove. */
  static final class Life {
    private final AtomicInteger left;
    private final CountDownLatch dead = new CountDownLatch(1);

    private Life(int files) {
      this.left = new AtomicInteger(files);
    }

    CountDownLatch dead() {
      return dead;
    }

    private void require() {
      if (left.get() <= 0) {
        throw new Killed();
      }
    }

    private void spend() {
      if (left.decrementAndGet() <= 0) {
        dead.countDown();
        throw new Killed();
      }
    }
  }

  /** An error, because nobody tries again what ended with one. */
  static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** Whatever is opened from now on belongs to a process that dies with this one of its files. */
  static Life begin(int files) {
    Life begun = new Life(files);
    LIVES.add(begun);
    return begun;
  }

  private Life life() {
    return LIVES.get(life);
  }

  private void requireLife() {
    life().require();
  }

  private void spend() {
    life().spend();
  }

  @Override
  public void initialize(Map<String, String> properties) {
    life = LIVES.size() - 1;
    files.initialize(properties);
  }

  @Override
  public Map<String, String> properties() {
    return files.properties();
  }

  @Override
  public InputFile newInputFile(String location) {
    requireLife();
    return files.newInputFile(location);
  }

  @Override
  public InputFile newInputFile(String location, long length) {
    requireLife();
    return files.newInputFile(location, length);
  }

  @Override
  public OutputFile newOutputFile(String location) {
    OutputFile file = files.newOutputFile(location);
    return new OutputFile() {
      @Override
      public PositionOutputStream create() {
        requireLife();
        return new MortalStream(file.create());
      }

      @Override
      public PositionOutputStream createOrOverwrite() {
        requireLife();
        return new MortalStream(file.createOrOverwrite());
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
    requireLife();
    files.deleteFile(location);
    spend();
  }

  @Override
  public Iterable<FileInfo> listPrefix(String prefix) {
    requireLife();
    return files.listPrefix(prefix);
  }

  @Override
  public void deletePrefix(String prefix) {
    requireLife();
    files.deletePrefix(prefix);
    spend();
  }

  private final class MortalStream extends PositionOutputStream {
    private final PositionOutputStream stream;
    private boolean closed;

    MortalStream(PositionOutputStream stream) {
      this.stream = stream;
    }

    @Override
    public long getPos() throws IOException {
      return stream.getPos();
    }

    @Override
    public void write(int value) throws IOException {
      requireLife();
      stream.write(value);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      requireLife();
      stream.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      stream.close();
      if (!closed) {
        closed = true;
        spend();
      }
    }
  }
}
