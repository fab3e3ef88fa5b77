package io.cryptodm.jobs

import java.math.{BigDecimal => JavaDecimal}
import java.time.Instant

import io.cryptodm.contracts.{Parsed, QuoteBar, QuoteParser, Revision, TradeEvent, TradeParser}

import scala.jdk.CollectionConverters._

/**
 * Makes rows of a table's columns from records. Pure, and sent to the tasks.
 *
 * @param columns of the table, in its order; one that no event fills stays null
 */
sealed abstract class RowMapping(val columns: Vector[String], val generation: Long) extends Serializable {

  /** The rows that are right, and the reasons for what is not. */
  def rows(record: TopicRecord): (Seq[Array[AnyRef]], Seq[String])

  protected final def timestamp(instant: Instant): java.lang.Long =
    Math.addExact(Math.multiplyExact(instant.getEpochSecond, 1000000L), (instant.getNano / 1000).toLong)

  protected final def revision(record: TopicRecord): java.lang.Long = Revision.of(generation, record.offset)

  protected final def parsed[T](result: Parsed[T], row: T => Array[AnyRef]): (Seq[Array[AnyRef]], Seq[String]) =
    (result.events.asScala.map(row).toSeq, result.faults.asScala.toSeq)
}

/** Bars to rows of `crypto_quote`. */
final class QuoteRows(columns: Vector[String], generation: Long) extends RowMapping(columns, generation) {
  override def rows(record: TopicRecord): (Seq[Array[AnyRef]], Seq[String]) =
    parsed(QuoteParser.parse(record.value, record.time), (bar: QuoteBar) => row(record, bar))

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
  override def rows(record: TopicRecord): (Seq[Array[AnyRef]], Seq[String]) =
    parsed(TradeParser.parse(record.value, record.time), (trade: TradeEvent) => row(record, trade))

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
