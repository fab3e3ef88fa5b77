package io.cryptodm.jobs

import java.math.{BigDecimal => JavaDecimal}
import java.nio.ByteBuffer

import io.cryptodm.tables.rows.Row
import org.scalatest.funsuite.AnyFunSuite

class RowBytesTest extends AnyFunSuite {
  test("every kind of value comes back as it went") {
    val values = Array[AnyRef](
      "text", "text", null, Integer.valueOf(-5), java.lang.Long.valueOf(Long.MinValue), new JavaDecimal("-1.000000000012"),
      new JavaDecimal("999999999999.999999999999"), Array[Byte](1, 2), java.lang.Boolean.TRUE, java.lang.Boolean.FALSE)
    val writer = new RowBytes.Writer(values.length)
    writer.write(3, 77, values)
    writer.write(3, 78, values)
    val rows = new java.util.ArrayList[Row]
    RowBytes.decode(writer.result(), rows)
    assert(rows.size == 2)
    (0 to 1).foreach { i =>
      val row = rows.get(i)
      assert(row.partition == 3 && row.offset == 77 + i)
      (0 until 7).foreach(column => assert(row.value(column) == values(column)))
      assert(row.value(7) == ByteBuffer.wrap(Array[Byte](1, 2)))
      assert(row.value(8) == true && row.value(9) == false)
    }
  }
}
