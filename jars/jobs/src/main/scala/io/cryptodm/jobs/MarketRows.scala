package io.cryptodm.jobs

import io.cryptodm.contracts.{CandleDifference, Generations, MarketParser, MarketTrade, TradeHole, TradeWatch}

/**
 * Trades of exchanges to rows of `market_trade`, holes to rows of `market_hole`, candles that differ to rows of `candle_difference`. What a producer has
 * watched is for the producer alone and gives no row.
 */
final class MarketRows(trades: Vector[String], holes: Vector[String], candles: Vector[String], generations: Generations)
    extends RowMapping(Vector(trades, holes, candles), generations) {
  @transient private lazy val tradeCells = trades.map(tradeCell).toArray
  @transient private lazy val holeCells = holes.map(holeCell).toArray
  @transient private lazy val candleCells = candles.map(candleCell).toArray

  override def map(record: TopicRecord): MappedRecord = {
    val read = MarketParser.read(record.value, record.time)
    read.record match {
      case trade: MarketTrade => MappedRecord(Vector(Seq(filled(tradeCells, record, trade)), Nil, Nil), Nil)
      case hole: TradeHole => MappedRecord(Vector(Nil, Seq(filled(holeCells, record, hole)), Nil), Nil)
      case difference: CandleDifference => MappedRecord(Vector(Nil, Nil, Seq(filled(candleCells, record, difference))), Nil)
      case _: TradeWatch => MarketRows.Nothing
      case null => MappedRecord(MarketRows.Nothing.rows, Seq(read.fault))
    }
  }

  private def tradeCell(column: String): Cell[MarketTrade] = column match {
    case "asset_id" => (_, trade) => trade.pair.base
    case "asset_type" => (_, trade) => trade.pair.quote
    case "trade_id" => (_, trade) => java.lang.Long.valueOf(trade.id)
    case "trade_time" => (_, trade) => timestamp(trade.time)
    case "price" => (_, trade) => trade.price
    case "quantity" => (_, trade) => trade.quantity
    case "side" => (_, trade) => if (trade.side == null) null else trade.side.wire
    case "ref_date" => (_, trade) => date(trade.time)
    case _ => recordCell(column)
  }

  private def holeCell(column: String): Cell[TradeHole] = column match {
    case "asset_id" => (_, hole) => hole.pair.base
    case "asset_type" => (_, hole) => hole.pair.quote
    case "first_id" => (_, hole) => java.lang.Long.valueOf(hole.first)
    case "last_id" => (_, hole) => java.lang.Long.valueOf(hole.last)
    case "from_time" => (_, hole) => timestamp(hole.from)
    case "to_time" => (_, hole) => timestamp(hole.to)
    case "state" => (_, hole) => hole.state.wire
    case "reason" => (_, hole) => hole.reason
    case "ref_date" => (_, hole) => date(hole.from)
    case _ => recordCell(column)
  }

  private def candleCell(column: String): Cell[CandleDifference] = column match {
    case "asset_id" => (_, difference) => difference.pair.base
    case "asset_type" => (_, difference) => difference.pair.quote
    case "start_window" => (_, difference) => timestamp(difference.start)
    case "cause" => (_, difference) => difference.cause.wire
    case "ref_date" => (_, difference) => date(difference.start)
    case MarketRows.Side(whose, sum) =>
      val side: CandleDifference => CandleDifference.Sums = if (whose == "our") _.ours else _.theirs
      val value = MarketRows.Sums(sum)
      (_, difference) => Option(side(difference)).map(value).orNull
    case _ => recordCell(column)
  }
}

private object MarketRows {
  val Nothing: MappedRecord = MappedRecord(Vector(Nil, Nil, Nil), Nil)
  val Side = "(our|their)_(open|high|low|close|volume)".r
  val Sums: Map[String, CandleDifference.Sums => java.math.BigDecimal] =
    Map("open" -> (_.open), "high" -> (_.high), "low" -> (_.low), "close" -> (_.close), "volume" -> (_.volume))
}
