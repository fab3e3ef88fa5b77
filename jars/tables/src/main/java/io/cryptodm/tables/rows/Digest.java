package io.cryptodm.tables.rows;

import com.dynatrace.hash4j.hashing.HashStream128;
import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hashing;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;

/**
 * A 128-bit digest (XXH3, <a href="https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md">specification</a>) of some columns of a row. Equal
 * values give equal digests, also when a string comes in another class. It is never stored.
 */
public record Digest(long high, long low) {
  // One for each thread: a stream holds buffers, and a digest is made of every row.
  private static final ThreadLocal<HashStream128> STREAM = ThreadLocal.withInitial(() -> Hashing.xxh3_128().hashStream());

  public static Digest of(Row row, int[] columns) {
    HashStream128 stream = STREAM.get().reset();
    for (int column : columns) {
      add(stream, row.value(column), column);
    }
    HashValue128 value = stream.get();
    return new Digest(value.getMostSignificantBits(), value.getLeastSignificantBits());
  }

  /** What has no fixed length is followed by its length, so that neighbours cannot trade characters. */
  private static void add(HashStream128 stream, Object value, int column) {
    if (value == null) {
      stream.putByte((byte) 0);
    } else if (value instanceof CharSequence text) {
      stream.putByte((byte) 1).putChars(text).putInt(text.length());
    } else if (value instanceof BigDecimal decimal) {
      // A column has one scale, and at most 38 digits, which are 128 bits.
      BigInteger unscaled = decimal.unscaledValue();
      long low = unscaled.longValue();
      long high = unscaled.bitLength() < 64 ? low >> 63 : unscaled.shiftRight(64).longValue();
      stream.putByte((byte) 2).putLong(low).putLong(high);
    } else if (value instanceof Double || value instanceof Float) {
      stream.putByte((byte) 3).putLong(Double.doubleToLongBits(((Number) value).doubleValue()));
    } else if (value instanceof Number number) {
      stream.putByte((byte) 4).putLong(number.longValue());
    } else if (value instanceof Boolean flag) {
      stream.putByte((byte) 5).putBoolean(flag);
    } else if (value instanceof ByteBuffer bytes) {
      byte[] copy = new byte[bytes.remaining()];
      bytes.duplicate().get(copy);
      stream.putByte((byte) 6).putBytes(copy).putInt(copy.length);
    } else {
      throw new IllegalArgumentException(
          "Column " + column + " holds a " + value.getClass().getName() + ", for which there is no digest: add its type to Digest");
    }
  }

  @Override
  public int hashCode() {
    return hashCode(low);
  }

  /** The hash code of every digest with this lower half. */
  public static int hashCode(long low) {
    return (int) (low ^ low >>> 32);
  }
}
