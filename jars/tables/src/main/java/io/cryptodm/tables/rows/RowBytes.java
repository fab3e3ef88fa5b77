package io.cryptodm.tables.rows;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Encodes rows in the memory of a task, and between the tasks and the process that commits: a few bytes a value, where Java's serialization takes
 * hundreds and objects burden the garbage collector.
 */
public final class RowBytes {
  private static final byte NULL = 0;
  private static final byte TEXT = 1;
  private static final byte WHOLE = 2;
  private static final byte WHOLE_LONG = 3;
  private static final byte SMALL_DECIMAL = 4;
  private static final byte LARGE_DECIMAL = 5;
  private static final byte BINARY = 6;
  private static final byte KNOWN_TEXT = 7;
  private static final byte FALSE = 8;
  private static final byte TRUE = 9;

  /** Digits that always fit into 64 bits. */
  private static final int LONG_DIGITS = 18;

  /** Texts that come again are coins and sources; beyond this number they are ids, each of which comes once. */
  private static final int MOST_TEXTS = 4_096;

  private RowBytes() {}

  /** Collects rows. Each can be read by itself, from where it begins. */
  public static final class Writer {
    private final int columns;
    private final Map<String, Integer> known = new HashMap<>();
    private final List<String> texts = new ArrayList<>();
    private byte[] bytes = new byte[1 << 12];
    private ByteBuffer numbers = ByteBuffer.wrap(bytes);
    private int end;
    private int rows;

    public Writer(int columns) {
      this.columns = columns;
    }

    /**
     * Adds a row.
     *
     * @param partition of the topic, or -1
     * @return where it begins
     */
    public int write(int partition, long offset, Object[] values) {
      int begin = end;
      room(12);
      putInt(partition);
      putLong(offset);
      for (int column = 0; column < columns; column++) {
        write(values[column]);
      }
      rows++;
      return begin;
    }

    private void write(Object value) {
      room(24);
      if (value == null) {
        bytes[end++] = NULL;
      } else if (value instanceof Long whole) {
        bytes[end++] = WHOLE_LONG;
        putLong(whole);
      } else if (value instanceof BigDecimal decimal) {
        write(decimal);
      } else if (value instanceof String text) {
        write(text);
      } else if (value instanceof Integer whole) {
        bytes[end++] = WHOLE;
        putInt(whole);
      } else if (value instanceof Boolean flag) {
        bytes[end++] = flag ? TRUE : FALSE;
      } else if (value instanceof byte[] binary) {
        bytes[end++] = BINARY;
        put(binary);
      } else {
        throw new IllegalArgumentException("A value of " + value.getClass() + " does not go into a row");
      }
    }

    private void write(BigDecimal decimal) {
      if (decimal.precision() <= LONG_DIGITS) {
        bytes[end++] = SMALL_DECIMAL;
        bytes[end++] = (byte) decimal.scale();
        putLong(decimal.unscaledValue().longValue());
      } else {
        bytes[end++] = LARGE_DECIMAL;
        bytes[end++] = (byte) decimal.scale();
        put(decimal.unscaledValue().toByteArray());
      }
    }

    private void write(String text) {
      Integer place = known.get(text);
      if (place == null && texts.size() < MOST_TEXTS) {
        place = texts.size();
        known.put(text, place);
        texts.add(text);
      }
      if (place != null) {
        bytes[end++] = KNOWN_TEXT;
        putInt(place);
      } else {
        bytes[end++] = TEXT;
        put(text.getBytes(StandardCharsets.UTF_8));
      }
    }

    private void put(byte[] value) {
      room(value.length + 4);
      putInt(value.length);
      System.arraycopy(value, 0, bytes, end, value.length);
      end += value.length;
    }

    private void putInt(int value) {
      numbers.putInt(end, value);
      end += 4;
    }

    private void putLong(long value) {
      numbers.putLong(end, value);
      end += 8;
    }

    private void room(int more) {
      if (end + more > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, end + more));
        numbers = ByteBuffer.wrap(bytes);
      }
    }

    /** Where the next row will begin. */
    public int end() {
      return end;
    }

    /** Reads rows that were added so far, also while others are added. */
    public Reader reader() {
      return new Reader(columns, bytes, texts::get);
    }

    public EncodedRows result() {
      return new EncodedRows(columns, rows, Arrays.copyOf(bytes, end), texts.toArray(String[]::new));
    }

    /**
     * Some of the rows.
     *
     * @param begins where each begins
     * @param ends where each ends
     */
    public EncodedRows only(int[] begins, int[] ends, int count) {
      int size = 0;
      for (int i = 0; i < count; i++) {
        size += ends[i] - begins[i];
      }
      byte[] some = new byte[size];
      int at = 0;
      for (int i = 0; i < count; i++) {
        int length = ends[i] - begins[i];
        System.arraycopy(bytes, begins[i], some, at, length);
        at += length;
      }
      return new EncodedRows(columns, count, some, texts.toArray(String[]::new));
    }
  }

  /** Adds the rows to a list. */
  public static void decode(EncodedRows encoded, List<Row> into) {
    Reader reader = new Reader(encoded.columns(), encoded.bytes(), place -> encoded.texts()[place]);
    for (int row = 0; row < encoded.rows(); row++) {
      into.add(reader.row());
    }
  }

  private interface Texts {
    String at(int place);
  }

  /** Reads rows one after the other. */
  public static final class Reader {
    private final int columns;
    private final byte[] bytes;
    private final ByteBuffer numbers;
    private final Texts texts;
    private int at;

    private Reader(int columns, byte[] bytes, Texts texts) {
      this.columns = columns;
      this.bytes = bytes;
      this.numbers = ByteBuffer.wrap(bytes);
      this.texts = texts;
    }

    /** Goes to where a row begins. */
    public Reader at(int begin) {
      at = begin;
      return this;
    }

    public Row row() {
      int partition = getInt();
      long offset = getLong();
      Object[] values = new Object[columns];
      for (int column = 0; column < columns; column++) {
        values[column] = value();
      }
      return new Row(values, partition, offset);
    }

    private Object value() {
      byte kind = bytes[at++];
      return switch (kind) {
        case NULL -> null;
        case TEXT -> new String(binary(), StandardCharsets.UTF_8);
        case KNOWN_TEXT -> texts.at(getInt());
        case WHOLE -> getInt();
        case WHOLE_LONG -> getLong();
        case SMALL_DECIMAL -> {
          int scale = bytes[at++];
          yield BigDecimal.valueOf(getLong(), scale);
        }
        case LARGE_DECIMAL -> {
          int scale = bytes[at++];
          yield new BigDecimal(new BigInteger(binary()), scale);
        }
        case BINARY -> ByteBuffer.wrap(binary());
        case FALSE -> Boolean.FALSE;
        case TRUE -> Boolean.TRUE;
        default -> throw new IllegalStateException("The bytes of a row begin a value with " + kind + ": they are damaged");
      };
    }

    private byte[] binary() {
      int length = getInt();
      byte[] value = Arrays.copyOfRange(bytes, at, at + length);
      at += length;
      return value;
    }

    private int getInt() {
      int value = numbers.getInt(at);
      at += 4;
      return value;
    }

    private long getLong() {
      long value = numbers.getLong(at);
      at += 8;
      return value;
    }
  }
}
