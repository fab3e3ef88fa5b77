package io.cryptodm.jobs

import java.math.{BigDecimal => JavaDecimal}
import java.time.Instant

import io.cryptodm.contracts.{Coverage, QuoteBar, QuoteParser, Revision, TradeEvent, TradeParser}

import scala.jdk.CollectionConverters._

/**
 * What a record gives.
 *
 * @param rows those that are right
 * @param coverage row of the table of coverage
 * @param faults reasons for what is not right
 */
final case class MappedRecord(rows: Seq[Array[AnyRef]], coverage: Option[Array[AnyRef]], faults: Seq[String])

/**
 * Makes rows of a table's columns from records. Pure, and sent to the tasks.
 *
 * @param columns of the table, in its order; one that no event fills stays null
 */
sealed abstract class RowMapping(val columns: Vector[String], val generation: Long) extends Serializable {

  /** Columns of the table of coverage, for a topic that has any. */
  def coverageColumns: Vector[String] = Vector.empty

  def map(record: TopicRecord): MappedRecord

  protected final def timestamp(instant: Instant): java.lang.Long =
    Math.addExact(Math.multiplyExact(instant.getEpochSecond, 1000000L), (instant.getNano / 1000).toLong)

  protected final def revision(record: TopicRecord): java.lang.Long = Revision.of(generation, record.offset)
}

/** Bars to rows of `crypto_quote`, and what their producer watched to rows of `quote_coverage`. */
final class QuoteRows(columns: Vector[String], override val coverageColumns: Vector[String], generation: Long)
    extends RowMapping(columns, generation) {
  override def map(record: TopicRecord): MappedRecord = {
    val read = QuoteParser.read(record.value, record.time)
    MappedRecord(
      read.bars.asScala.map(row(record, _)).toSeq,
      Option(read.coverage).map(coverageRow(record, _)),
      read.faults.asScala.toSeq)
  }

  private def coverageRow(record: TopicRecord, coverage: Coverage): Array[AnyRef] = {
    val values: Vector[AnyRef] = coverageColumns.map {
      case "asset_id" => coverage.pair.base
      case "asset_type" => coverage.pair.quote
      case "start_window" => timestamp(coverage.from)
      case "end_window" => timestamp(coverage.to)
      case "state" => coverage.state.wire
      case "ref_date" => Integer.valueOf(coverage.refDate.toEpochDay.toInt)
      case "source" => record.source
      case "seen_at" => java.lang.Long.valueOf(record.timestampMicros)
      case "revision" => revision(record)
      case _ => null
    }
    values.toArray
  }

  private def row(record: TopicRecord, bar: QuoteBar): Array[AnyRef] = {
    val values = new Array[AnyRef](columns.size)
    var i = 0
    while (i < values.length) {
      values(i) = columns(i) match {
        case "asset_id" => bar.pair.base
        case "asset_type" => bar.pair.quote
        case "start_window" => timestamp(bar.start)
        case "end_window" => timestamp(bar.end)
        case "price_crypto" => bar.close
        case "ref_date" => Integer.valueOf(bar.refDate.toEpochDay.toInt)
        case "open_price" => bar.open
        case "high_price" => bar.high
        case "low_price" => bar.low
        case "volume" => bar.volume
        case "vwap" => bar.vwap
        case "trade_count" => bar.tradeCount
        case "source" => record.source
        case "seen_at" => java.lang.Long.valueOf(record.timestampMicros)
        case "revision" => revision(record)
        case _ => null
      }
      i += 1
    }
    values
  }
}

/** Trades to rows of `crypto_trader`. */
final class TradeRows(columns: Vector[String], generation: Long) extends RowMapping(columns, generation) {
  override def map(record: TopicRecord): MappedRecord = {
    val parsed = TradeParser.parse(record.value, record.time)
    MappedRecord(parsed.events.asScala.map(row(record, _)).toSeq, None, parsed.faults.asScala.toSeq)
  }

  private def row(record: TopicRecord, trade: TradeEvent): Array[AnyRef] = {
    val values = new Array[AnyRef](columns.size)
    var i = 0
    while (i < values.length) {
      values(i) = columns(i) match {
        case "transaction_id" => trade.transactionId
        case "document_id" => trade.documentId
        case "asset_id" => trade.pair.base
        case "asset_type" => trade.pair.quote
        case "transaction_timestamp" => timestamp(trade.timestamp)
        case "trade_type" => trade.`type`.name
        case "quantity" => trade.quantity
        case "ref_date" => Integer.valueOf(trade.refDate.toEpochDay.toInt)
        case "source" => record.source
        case "seen_at" => java.lang.Long.valueOf(record.timestampMicros)
        case "revision" => revision(record)
        case _ => null
      }
      i += 1
    }
    values
  }
}
