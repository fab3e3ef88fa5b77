package io.cryptodm.jobs

import java.math.{BigDecimal => JavaDecimal}
import java.time.{Instant, LocalDate, ZoneOffset}

import io.cryptodm.contracts.{Pair, QuoteBar}
import io.cryptodm.tables.read.TableReader
import io.cryptodm.tables.rows.Row
import org.apache.iceberg.expressions.{Expression, Expressions}

import scala.jdk.CollectionConverters._

/** A row of the table of quotes. @param seenMicros time of its record, in microseconds since 1970 */
final case class QuoteRow(bar: QuoteBar, source: String, seenMicros: Long, revision: Long)

/** The table of quotes, read a day at a time. */
final class QuoteTable(val reader: TableReader) {
  import QuoteTable._

  private val places = reader.columns.asScala.zipWithIndex.toMap

  /** Days of its rows, newest first; None where a file does not say which days it holds. */
  def days(): Option[Seq[LocalDate]] = {
    val ranges = reader.since(null).files.asScala.map(reader.range(_, Start))
    if (ranges.exists(range => range(0) == Long.MinValue || range(1) == Long.MaxValue)) None
    else Some(ranges.flatMap(range => dayOf(range(0)).toEpochDay to dayOf(range(1)).toEpochDay).distinct.sorted.reverse.map(LocalDate.ofEpochDay).toSeq)
  }

  /** Reads the rows of a day of the present snapshot. */
  def read(day: LocalDate)(each: Row => Unit): Unit = reader.scan(within(startOf(day), startOf(day.plusDays(1))), row => each(row))

  /** Reads all rows of the present snapshot. */
  def readAll(each: Row => Unit): Unit = reader.scan(Expressions.alwaysTrue, row => each(row))

  /**
   * Reads the rows that were added since a snapshot, perhaps others, too.
   *
   * @param since None for the empty table
   */
  def readSince(since: Option[Long])(each: Row => Unit): Unit = {
    val added = reader.since(since.map(java.lang.Long.valueOf).orNull)
    added.files.asScala.foreach(reader.read(added, _, Expressions.alwaysTrue, row => each(row)))
  }

  /** @throws IllegalArgumentException for a row that this lake never writes */
  def rowOf(row: Row): QuoteRow = {
    def value[T](column: String): T =
      row.value(places.getOrElse(column, throw new IllegalStateException(s"""The table has no column $column: run "cryptodm tables create", which adds it"""))).asInstanceOf[T]
    def text(column: String): String = Option(value[AnyRef](column)).map(_.toString).orNull
    def amount(column: String): JavaDecimal = value[JavaDecimal](column)
    for (column <- Needed if value[AnyRef](column) == null) throw new IllegalArgumentException(s"a row has no $column")
    val bar = new QuoteBar(
      new Pair(text("asset_id"), text("asset_type")),
      instantOf(value[java.lang.Long](Start)),
      amount("open_price"),
      amount("high_price"),
      amount("low_price"),
      amount("price_crypto"),
      amount("volume"),
      amount("vwap"),
      value[java.lang.Long]("trade_count"),
      value[java.lang.Boolean]("complete"))
    QuoteRow(bar, text("source"), value[java.lang.Long]("seen_at"), value[java.lang.Long]("revision"))
  }
}

object QuoteTable {
  private val Start = "start_window"
  private val Needed = Seq("asset_id", "asset_type", Start, "open_price", "high_price", "low_price", "price_crypto", "volume", "seen_at", "revision")

  private def startOf(day: LocalDate): Long = day.toEpochDay * 86400L * 1000000L

  private def dayOf(micros: Long): LocalDate = LocalDate.ofInstant(instantOf(micros), ZoneOffset.UTC)

  private[jobs] def instantOf(micros: Long): Instant =
    Instant.ofEpochSecond(Math.floorDiv(micros, 1000000L), Math.floorMod(micros, 1000000L) * 1000L)

  private def within(from: Long, to: Long): Expression =
    Expressions.and(Expressions.greaterThanOrEqual(Start, from), Expressions.lessThan(Start, to))
}
