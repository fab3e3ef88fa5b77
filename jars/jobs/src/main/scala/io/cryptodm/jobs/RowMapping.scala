package io.cryptodm.jobs

import java.time.Instant

import io.cryptodm.contracts.{Coverage, Generations, QuoteBar, QuoteParser, Revision, TradeEvent, TradeParser}
import io.cryptodm.contracts.Spec.Job.Kind

import scala.jdk.CollectionConverters._

/**
 * The rows of a record.
 *
 * @param rows the valid ones of each table, in the order of the mapping's tables
 * @param faults one reason for each invalid part
 */
final case class MappedRecord(rows: Vector[Seq[Array[AnyRef]]], faults: Seq[String])

/**
 * Makes rows of the columns of one or several tables from records. Pure, and sent to the tasks.
 *
 * @param tables columns of each table, in its order; columns that events do not have stay null
 */
abstract class RowMapping(val tables: Vector[Vector[String]], val generations: Generations) extends Serializable {

  def map(record: TopicRecord): MappedRecord

  protected final def timestamp(instant: Instant): java.lang.Long =
    Math.addExact(Math.multiplyExact(instant.getEpochSecond, 1000000L), (instant.getNano / 1000).toLong)

  /** The UTC date of an instant, as days since 1970. */
  protected final def date(instant: Instant): Integer = Math.toIntExact(Math.floorDiv(instant.getEpochSecond, 86400L))

  /** Gives the value of a column. It is looked up by the column's name once, not for each row. */
  protected type Cell[E] = (TopicRecord, E) => AnyRef

  protected final def filled[E](cells: Array[Cell[E]], record: TopicRecord, event: E): Array[AnyRef] = {
    val values = new Array[AnyRef](cells.length)
    var i = 0
    while (i < values.length) {
      values(i) = cells(i)(record, event)
      i += 1
    }
    values
  }

  /** The rows of a record, valid or not. */
  protected final def recordCell(column: String): Cell[Any] = column match {
    case "source" => (record, _) => record.source
    case "seen_at" => (record, _) => java.lang.Long.valueOf(record.timestampMicros)
    case "revision" => (record, _) => java.lang.Long.valueOf(Revision.of(generations.at(record.partition, record.offset), record.offset))
    case _ => (_, _) => null
  }
}

object RowMapping {

  /**
   * The mapping of a job that fills tables.
   *
   * @param tables columns of each, in the order of `JobTables`
   */
  def of(kind: Kind, tables: Vector[Vector[String]], generations: Generations): RowMapping = kind match {
    case Kind.QUOTES_TO_TABLE => new QuoteRows(tables.head, tables.lift(1).getOrElse(Vector.empty), generations)
    case Kind.TRADES_TO_TABLE => new TradeRows(tables.head, generations)
    case Kind.MARKET_TO_TABLE => new MarketRows(tables.head, tables(1), tables(2), generations)
    case _ => throw new IllegalArgumentException(s"a job of the kind ${kind.wire} fills no table of a topic")
  }
}

/** Bars to rows of `crypto_quote`, and coverage to rows of `quote_coverage`. */
final class QuoteRows(columns: Vector[String], coverageColumns: Vector[String], generations: Generations)
    extends RowMapping(Vector(columns, coverageColumns), generations) {
  @transient private lazy val cells = columns.map(cell).toArray
  @transient private lazy val coverageCells = coverageColumns.map(coverageCell).toArray

  override def map(record: TopicRecord): MappedRecord = {
    val read = QuoteParser.read(record.value, record.time)
    MappedRecord(
      Vector(read.bars.asScala.map(filled(cells, record, _)).toSeq, Option(read.coverage).map(filled(coverageCells, record, _)).toSeq),
      read.faults.asScala.toSeq)
  }

  private def coverageCell(column: String): Cell[Coverage] = column match {
    case "asset_id" => (_, coverage) => coverage.pair.base
    case "asset_type" => (_, coverage) => coverage.pair.quote
    case "start_window" => (_, coverage) => timestamp(coverage.from)
    case "end_window" => (_, coverage) => timestamp(coverage.to)
    case "state" => (_, coverage) => coverage.state.wire
    case "ref_date" => (_, coverage) => Integer.valueOf(coverage.refDate.toEpochDay.toInt)
    case _ => recordCell(column)
  }

  private def cell(column: String): Cell[QuoteBar] = column match {
    case "asset_id" => (_, bar) => bar.pair.base
    case "asset_type" => (_, bar) => bar.pair.quote
    case "start_window" => (_, bar) => timestamp(bar.start)
    case "end_window" => (_, bar) => timestamp(bar.end)
    case "price_crypto" => (_, bar) => bar.close
    case "ref_date" => (_, bar) => Integer.valueOf(bar.refDate.toEpochDay.toInt)
    case "open_price" => (_, bar) => bar.open
    case "high_price" => (_, bar) => bar.high
    case "low_price" => (_, bar) => bar.low
    case "volume" => (_, bar) => bar.volume
    case "vwap" => (_, bar) => bar.vwap
    case "trade_count" => (_, bar) => bar.tradeCount
    case "complete" => (_, bar) => bar.complete
    case _ => recordCell(column)
  }
}

/** Trades to rows of `crypto_trader`. */
final class TradeRows(columns: Vector[String], generations: Generations) extends RowMapping(Vector(columns), generations) {
  @transient private lazy val cells = columns.map(cell).toArray

  override def map(record: TopicRecord): MappedRecord = {
    val parsed = TradeParser.parse(record.value, record.time)
    MappedRecord(Vector(parsed.events.asScala.map(filled(cells, record, _)).toSeq), parsed.faults.asScala.toSeq)
  }

  private def cell(column: String): Cell[TradeEvent] = column match {
    case "transaction_id" => (_, trade) => trade.transactionId
    case "document_id" => (_, trade) => trade.documentId
    case "asset_id" => (_, trade) => trade.pair.base
    case "asset_type" => (_, trade) => trade.pair.quote
    case "transaction_timestamp" => (_, trade) => timestamp(trade.timestamp)
    case "trade_type" => (_, trade) => trade.`type`.name
    case "quantity" => (_, trade) => trade.quantity
    case "ref_date" => (_, trade) => Integer.valueOf(trade.refDate.toEpochDay.toInt)
    case _ => recordCell(column)
  }
}
