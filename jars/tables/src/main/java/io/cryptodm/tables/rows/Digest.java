package io.cryptodm.tables.rows;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;

/** A 128-bit digest of some columns of a row. Equal values give equal digests, also when a string comes in another class. */
public record Digest(long high, long low) {
  private static final long A = 0x9E3779B97F4A7C15L;
  private static final long B = 0xC2B2AE3D27D4EB4FL;

  public static Digest of(Row row, int[] columns) {
    long high = A;
    long low = B;
    for (int column : columns) {
      Object value = row.value(column);
      if (value instanceof CharSequence text) {
        int length = text.length();
        long word = length;
        for (int i = 0; i < length; i++) {
          word = word << 16 | text.charAt(i);
          if ((i & 3) == 3) {
            high = mix(high ^ word, A);
            low = mix(low ^ word, B);
            word = 0;
          }
        }
        high = mix(high ^ word ^ length, A);
        low = mix(low ^ word ^ length, B);
      } else if (value instanceof BigDecimal decimal) {
        BigInteger unscaled = decimal.unscaledValue();
        long word = unscaled.longValue();
        long upper = unscaled.bitLength() < 64 ? word >> 63 : unscaled.shiftRight(64).longValue();
        high = mix(mix(high ^ word, A) ^ upper, A);
        low = mix(mix(low ^ word, B) ^ upper, B);
      } else {
        long word = wordOf(value, column);
        high = mix(high ^ word, A);
        low = mix(low ^ word, B);
      }
    }
    return new Digest(high, low);
  }

  private static long wordOf(Object value, int column) {
    if (value == null) {
      return 0x5DEECE66DL;
    }
    if (value instanceof Number number) {
      return value instanceof Double || value instanceof Float ? Double.doubleToLongBits(number.doubleValue()) : number.longValue();
    }
    if (value instanceof ByteBuffer || value instanceof Boolean) {
      return value.hashCode();
    }
    throw new IllegalArgumentException(
        "Column " + column + " holds a " + value.getClass().getName() + ", for which there is no digest: add its type to Digest");
  }

  private static long mix(long word, long factor) {
    long mixed = (word ^ word >>> 32) * factor;
    mixed = (mixed ^ mixed >>> 29) * 0xBF58476D1CE4E5B9L;
    return mixed ^ mixed >>> 32;
  }

  @Override
  public int hashCode() {
    return (int) (low ^ low >>> 32);
  }
}
