package io.cryptodm.optimize;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;

/** Allows one maintenance run at a time on this machine. The operating system releases the lock when the process ends, even if it is killed. */
final class RunLock implements Closeable {
  private final FileChannel channel;

  private RunLock(FileChannel channel) {
    this.channel = channel;
  }

  /** Another run is active; the message is what it wrote into the lock file, {@code {"pid","since"}}. */
  static final class Busy extends Exception {
    private static final long serialVersionUID = 1L;

    Busy(String holder) {
      super(holder);
    }
  }

  static RunLock take(Path file) throws IOException, Busy {
    Files.createDirectories(file.getParent());
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    // Locks one byte far behind the text, which others must be able to read.
    if (!isLocked(channel)) {
      String holder = Files.readString(file);
      channel.close();
      throw new Busy(holder.isBlank() ? "{}" : holder.strip());
    }
    byte[] self =
        "{\"pid\":%d,\"since\":\"%s\"}\n".formatted(ProcessHandle.current().pid(), Instant.now()).getBytes(StandardCharsets.UTF_8);
    channel.truncate(0);
    channel.write(ByteBuffer.wrap(self), 0);
    return new RunLock(channel);
  }

  private static boolean isLocked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock(Long.MAX_VALUE - 1, 1, false) != null;
    } catch (OverlappingFileLockException e) {
      // Held by another thread of this process.
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    channel.truncate(0);
    channel.close();
  }
}
