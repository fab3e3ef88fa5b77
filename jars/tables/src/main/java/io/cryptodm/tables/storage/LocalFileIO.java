package io.cryptodm.tables.storage;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.io.RangeReadable;
import org.apache.iceberg.io.SeekableInputStream;
import org.apache.iceberg.io.SupportsPrefixOperations;

/**
 * Reads and writes the files of a table on the local file system.
 *
 * <p>Hadoop's local file system forks a {@code chmod} for each file and writes a checksum file beside it, which is most of the latency of
 * a stream that commits every second. Locations are plain paths or begin with {@code file:}.
 *
 * <p>Closing the metadata file of a table syncs it and what was written for it, so that no catalog ever points to something that a power cut
 * can take (decision 30).
 */
public final class LocalFileIO implements SupportsPrefixOperations {
  private static final long serialVersionUID = 1L;

  private Map<String, String> properties = Map.of();

  @Override
  public void initialize(Map<String, String> newProperties) {
    this.properties = Map.copyOf(newProperties);
  }

  @Override
  public Map<String, String> properties() {
    return properties;
  }

  @Override
  public InputFile newInputFile(String location) {
    return new LocalInputFile(location, -1);
  }

  @Override
  public InputFile newInputFile(String location, long length) {
    return new LocalInputFile(location, length);
  }

  @Override
  public OutputFile newOutputFile(String location) {
    return new LocalOutputFile(location);
  }

  @Override
  public void deleteFile(String location) {
    try {
      Path path = pathOf(location);
      Files.deleteIfExists(path);
      UnsyncedFiles.OF_PROCESS.forget(path);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot remove " + location, e);
    }
  }

  @Override
  public Iterable<FileInfo> listPrefix(String prefix) {
    Path root = pathOf(prefix);
    // In the caller's form (URI or path), because orphan files are found by comparing locations as text.
    String head = prefix.substring(0, prefix.length() - plain(prefix).length());
    List<FileInfo> files = new ArrayList<>();
    FolderWalk.showFiles(
        root, (path, attributes) -> files.add(new FileInfo(head + path, attributes.size(), attributes.lastModifiedTime().toMillis())));
    return files;
  }

  @Override
  public void deletePrefix(String prefix) {
    Path folder = pathOf(prefix);
    FolderWalk.remove(folder);
    UnsyncedFiles.OF_PROCESS.forgetAll(folder);
  }

  /** Counts a file of another process as written by this one. */
  void adopt(String location) {
    UnsyncedFiles.OF_PROCESS.adopt(pathOf(location));
  }

  /** True for the file that a catalog points to, which is the last one of a commit. */
  private static boolean isMetadata(Path path) {
    return path.getFileName().toString().endsWith("metadata.json");
  }

  public static Path pathOf(String location) {
    return Path.of(plain(location));
  }

  /**
   * A location without {@code file:} or {@code file://}, by which two that name the same file are equal. Nothing is decoded: engines write and
   * read the letters of a path as they are.
   */
  public static String plain(String location) {
    if (!location.startsWith("file:/")) {
      return location;
    }
    return location.substring(location.startsWith("file:///") ? "file://".length() : "file:".length());
  }

  private record LocalInputFile(String location, long knownLength) implements InputFile {
    @Override
    public long getLength() {
      if (knownLength >= 0) {
        return knownLength;
      }
      try {
        return Files.size(pathOf(location));
      } catch (NoSuchFileException e) {
        throw new NotFoundException(e, "No such file: %s", location);
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot read the size of " + location, e);
      }
    }

    @Override
    public SeekableInputStream newStream() {
      try {
        return new LocalInputStream(FileChannel.open(pathOf(location), StandardOpenOption.READ));
      } catch (NoSuchFileException e) {
        throw new NotFoundException(e, "No such file: %s", location);
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot open " + location, e);
      }
    }

    @Override
    public boolean exists() {
      return Files.exists(pathOf(location));
    }
  }

  private record LocalOutputFile(String location) implements OutputFile {
    @Override
    public PositionOutputStream create() {
      return open(StandardOpenOption.CREATE_NEW);
    }

    @Override
    public PositionOutputStream createOrOverwrite() {
      return open(StandardOpenOption.CREATE);
    }

    private PositionOutputStream open(StandardOpenOption how) {
      Path path = pathOf(location);
      try {
        return new LocalOutputStream(openAt(path, how), path);
      } catch (FileAlreadyExistsException e) {
        throw new AlreadyExistsException(e, "File exists already: %s", location);
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot create " + location, e);
      }
    }

    private static OutputStream openAt(Path path, StandardOpenOption how) throws IOException {
      try {
        return Files.newOutputStream(path, how, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
      } catch (NoSuchFileException e) {
        UnsyncedFiles.OF_PROCESS.createFolders(path.getParent());
        return Files.newOutputStream(path, how, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
      }
    }

    @Override
    public InputFile toInputFile() {
      return new LocalInputFile(location, -1);
    }
  }

  private static final class LocalOutputStream extends PositionOutputStream {
    private final byte[] buffer = new byte[1 << 16];
    private final OutputStream out;
    private final Path path;
    private int filled;
    private long written;
    private boolean closed;

    LocalOutputStream(OutputStream out, Path path) {
      this.out = out;
      this.path = path;
    }

    @Override
    public long getPos() {
      return written + filled;
    }

    @Override
    public void write(int value) throws IOException {
      if (filled == buffer.length) {
        spill();
      }
      buffer[filled++] = (byte) value;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (length > buffer.length - filled) {
        spill();
      }
      if (length >= buffer.length) {
        out.write(bytes, offset, length);
        written += length;
      } else {
        System.arraycopy(bytes, offset, buffer, filled, length);
        filled += length;
      }
    }

    private void spill() throws IOException {
      out.write(buffer, 0, filled);
      written += filled;
      filled = 0;
    }

    @Override
    public void flush() throws IOException {
      spill();
      out.flush();
    }

    @Override
    public void close() throws IOException {
      if (closed) {
        return;
      }
      closed = true;
      try (out) {
        spill();
      }
      if (isMetadata(path)) {
        UnsyncedFiles.OF_PROCESS.settle(path);
      } else {
        UnsyncedFiles.OF_PROCESS.add(path);
      }
    }
  }

  private static final class LocalInputStream extends SeekableInputStream implements RangeReadable {
    private final FileChannel channel;
    private InputStream buffered;
    private long position;

    LocalInputStream(FileChannel channel) {
      this.channel = channel;
    }

    @Override
    public long getPos() {
      return position;
    }

    @Override
    public void seek(long newPosition) throws IOException {
      if (newPosition != position) {
        channel.position(newPosition);
        position = newPosition;
        buffered = null;
      }
    }

    private InputStream stream() throws IOException {
      if (buffered == null) {
        channel.position(position);
        buffered = new BufferedInputStream(Channels.newInputStream(channel), 1 << 14);
      }
      return buffered;
    }

    @Override
    public int read() throws IOException {
      int value = stream().read();
      if (value >= 0) {
        position++;
      }
      return value;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int count = stream().read(bytes, offset, length);
      if (count > 0) {
        position += count;
      }
      return count;
    }

    @Override
    public void readFully(long from, byte[] bytes, int offset, int length) throws IOException {
      ByteBuffer target = ByteBuffer.wrap(bytes, offset, length);
      long at = from;
      while (target.hasRemaining()) {
        int count = channel.read(target, at);
        if (count < 0) {
          throw new EOFException("The file ends at byte " + at + ", before the " + length + " bytes from " + from + ": it is cut short");
        }
        at += count;
      }
    }

    @Override
    public int readTail(byte[] bytes, int offset, int length) throws IOException {
      int count = (int) Math.min(length, channel.size());
      readFully(channel.size() - count, bytes, offset, count);
      return count;
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
