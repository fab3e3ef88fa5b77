package io.cryptodm.jobs

import java.io.{ByteArrayInputStream, ByteArrayOutputStream, DataInputStream, DataOutputStream}
import java.math.{BigDecimal => JavaDecimal, BigInteger}
import java.nio.ByteBuffer
import java.nio.charset.StandardCharsets

import io.cryptodm.tables.rows.Row

/** Encodes rows between the tasks and the process that commits: a few bytes a value, where Java's serialization takes hundreds. */
object RowBytes {
  private final val Null = 0
  private final val Text = 1
  private final val Whole = 2
  private final val WholeLong = 3
  private final val SmallDecimal = 4
  private final val LargeDecimal = 5
  private final val Binary = 6
  private final val SameText = 7
  private final val False = 8
  private final val True = 9

  /** Digits that always fit into 64 bits. */
  private final val LongDigits = 18

  final class Writer(columns: Int) {
    private val bytes = new ByteArrayOutputStream(1 << 12)
    private val out = new DataOutputStream(bytes)
    private val lastText = new Array[AnyRef](columns)
    private var rows = 0

    def write(partition: Int, offset: Long, values: Array[AnyRef]): Unit = {
      out.writeInt(partition)
      out.writeLong(offset)
      var i = 0
      while (i < columns) {
        write(i, values(i))
        i += 1
      }
      rows += 1
    }

    private def write(column: Int, value: AnyRef): Unit = value match {
      case null => out.writeByte(Null)
      case text: String if text == lastText(column) => out.writeByte(SameText)
      case text: String =>
        lastText(column) = text
        out.writeByte(Text)
        writeBytes(text.getBytes(StandardCharsets.UTF_8))
      case whole: Integer =>
        out.writeByte(Whole)
        out.writeInt(whole)
      case whole: java.lang.Long =>
        out.writeByte(WholeLong)
        out.writeLong(whole)
      case flag: java.lang.Boolean => out.writeByte(if (flag) True else False)
      case decimal: JavaDecimal if decimal.precision <= LongDigits =>
        out.writeByte(SmallDecimal)
        out.writeByte(decimal.scale)
        out.writeLong(decimal.unscaledValue.longValue)
      case decimal: JavaDecimal =>
        out.writeByte(LargeDecimal)
        out.writeByte(decimal.scale)
        writeBytes(decimal.unscaledValue.toByteArray)
      case binary: Array[Byte] =>
        out.writeByte(Binary)
        writeBytes(binary)
      case other => throw new IllegalArgumentException(s"A value of ${other.getClass} does not go into a row")
    }

    private def writeBytes(value: Array[Byte]): Unit = {
      out.writeInt(value.length)
      out.write(value)
    }

    def result(): EncodedRows = EncodedRows(columns, rows, bytes.toByteArray)
  }

  def decode(encoded: EncodedRows, into: java.util.List[Row]): Unit = {
    val in = new DataInputStream(new ByteArrayInputStream(encoded.bytes))
    val lastText = new Array[AnyRef](encoded.columns)
    var row = 0
    while (row < encoded.rows) {
      val partition = in.readInt()
      val offset = in.readLong()
      val values = new Array[AnyRef](encoded.columns)
      var i = 0
      while (i < encoded.columns) {
        values(i) = read(in, lastText, i)
        i += 1
      }
      into.add(new Row(values, partition, offset))
      row += 1
    }
  }

  private def read(in: DataInputStream, lastText: Array[AnyRef], column: Int): AnyRef = in.readByte() match {
    case Null => null
    case SameText => lastText(column)
    case Text =>
      val text = new String(readBytes(in), StandardCharsets.UTF_8)
      lastText(column) = text
      text
    case Whole => Integer.valueOf(in.readInt())
    case WholeLong => java.lang.Long.valueOf(in.readLong())
    case SmallDecimal =>
      val scale = in.readByte()
      JavaDecimal.valueOf(in.readLong(), scale)
    case LargeDecimal =>
      val scale = in.readByte()
      new JavaDecimal(new BigInteger(readBytes(in)), scale)
    case Binary => ByteBuffer.wrap(readBytes(in))
    case False => java.lang.Boolean.FALSE
    case True => java.lang.Boolean.TRUE
  }

  private def readBytes(in: DataInputStream): Array[Byte] = {
    val bytes = new Array[Byte](in.readInt())
    in.readFully(bytes)
    bytes
  }
}

/** Rows as bytes. */
final case class EncodedRows(columns: Int, rows: Int, bytes: Array[Byte])
