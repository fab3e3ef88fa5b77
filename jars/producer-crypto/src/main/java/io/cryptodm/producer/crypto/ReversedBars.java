package io.cryptodm.producer.crypto;

import io.cryptodm.contracts.BarReading;
import io.cryptodm.contracts.LatestBars;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.function.Predicate;

/** Bars that are passed on in the opposite order. They are in a file meanwhile: a year of them does not fit into the memory of a producer. */
final class ReversedBars implements AutoCloseable {
  private final Path file;
  private final DataOutputStream out;

  ReversedBars() throws IOException {
    file = Files.createTempFile("cryptodm-recording-", ".bars");
    out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)));
  }

  void add(BarReading reading) {
    try {
      byte[] value = reading.record();
      out.write(value);
      // Behind the bar, so that the file can be read from its end.
      out.writeInt(value.length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As long as {@code taker} returns true. Call it once, after the last bar. */
  void forEach(Predicate<BarReading> taker) throws IOException {
    out.close();
    try (RandomAccessFile bars = new RandomAccessFile(file.toFile(), "r")) {
      boolean goesOn = true;
      for (long end = bars.length(); goesOn && end > 0; ) {
        bars.seek(end - Integer.BYTES);
        byte[] value = new byte[bars.readInt()];
        end -= Integer.BYTES + value.length;
        bars.seek(end);
        bars.readFully(value);
        goesOn = taker.test(LatestBars.parse(value, Instant.MAX.minusSeconds(86_400)).bars().get(0));
      }
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
    Files.deleteIfExists(file);
  }
}
