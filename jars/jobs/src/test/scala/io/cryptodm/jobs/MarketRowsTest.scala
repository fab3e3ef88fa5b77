package io.cryptodm.jobs

import java.nio.charset.StandardCharsets.UTF_8
import java.time.Instant

import io.cryptodm.contracts.{CandleDifference, Generations, MarketRecord, MarketTrade, MarketWriter, Pair, TradeHole, TradeWatch}
import org.scalatest.funsuite.AnyFunSuite

class MarketRowsTest extends AnyFunSuite {
  private val btc = new Pair("BTC", "USD")
  private val at = Instant.parse("2025-07-08T12:00:01.123456Z")
  private val micros = at.getEpochSecond * 1000000 + 123456
  private val day = Instant.parse("2025-07-08T00:00:00Z").getEpochSecond / 86400

  private val trades = Vector("source", "asset_id", "asset_type", "trade_id", "trade_time", "price", "quantity", "side", "ref_date", "seen_at", "revision", "later")
  private val holes = Vector("source", "asset_id", "first_id", "last_id", "from_time", "to_time", "state", "reason", "ref_date", "revision")
  private val candles = Vector("asset_type", "start_window", "cause", "our_open", "our_high", "our_low", "our_close", "our_volume", "their_open", "their_volume", "ref_date")
  private val mapping = new MarketRows(trades, holes, candles, Generations.whole(2))

  private def map(record: MarketRecord): MappedRecord = mapped(new String(MarketWriter.write(record), UTF_8))

  private def mapped(value: String): MappedRecord =
    mapping.map(TopicRecord(1, 7, TestTopic.Produced.toEpochMilli * 1000, null, value.getBytes(UTF_8), "kraken"))

  private def shown(rows: Seq[Array[AnyRef]]): Seq[Seq[String]] = rows.map(_.toSeq.map(value => if (value == null) null else value.toString))

  test("a trade is a row of the first table, with its microseconds and the taker's side") {
    val found = map(new MarketTrade(btc, 42, at, new java.math.BigDecimal("108000.5"), new java.math.BigDecimal("0.001"), MarketTrade.Side.SELL))
    assert(found.faults.isEmpty && found.rows.map(_.size) == Vector(1, 0, 0))
    val seen = TestTopic.Produced.toEpochMilli * 1000
    val revision = 2L * (1L << 40) + 7
    val expected = Seq("kraken", "BTC", "USD", "42", s"$micros", "108000.500000000000", "0.001000000000", "sell", s"$day", s"$seen", s"$revision", null)
    assert(shown(found.rows.head) == Seq(expected))
    val unsaid = map(new MarketTrade(btc, 43, at, java.math.BigDecimal.ONE, java.math.BigDecimal.ONE, null))
    assert(unsaid.rows.head.head(trades.indexOf("side")) == null)
  }

  test("a hole is a row of the second table") {
    val found = map(new TradeHole(btc, 5, 9, at, at.plusSeconds(60), TradeHole.State.OPEN, "the stream was away"))
    assert(found.faults.isEmpty && found.rows.map(_.size) == Vector(0, 1, 0))
    val expected = Seq("kraken", "BTC", "5", "9", s"$micros", s"${micros + 60000000}", "open", "the stream was away", s"$day", s"${2L * (1L << 40) + 7}")
    assert(shown(found.rows(1)) == Seq(expected))
  }

  test("a candle that differs is a row of the third table; a side that has none leaves its columns empty") {
    def sum(text: String) = new java.math.BigDecimal(text)
    val ours = new CandleDifference.Sums(sum("1"), sum("4"), sum("0.5"), sum("2"), sum("10"))
    val start = Instant.parse("2025-07-08T12:00:00Z")
    val found = map(new CandleDifference(btc, start, ours, null, CandleDifference.Cause.INCOMPLETE_CANDLE))
    assert(found.faults.isEmpty && found.rows.map(_.size) == Vector(0, 0, 1))
    val zeros = "000000000000"
    val expected = Seq("USD", s"${start.getEpochSecond * 1000000}", "incomplete-candle", s"1.$zeros", s"4.$zeros", "0.500000000000", s"2.$zeros", s"10.$zeros", null, null, s"$day")
    assert(shown(found.rows(2)) == Seq(expected))
  }

  test("what was watched gives no row, and a malformed record a reason") {
    val watched = map(new TradeWatch(btc, 1, 9, null))
    assert(watched.faults.isEmpty && watched.rows.forall(_.isEmpty))
    val wrong = mapped("""{"pair":"BTC/USD","id":1}""")
    assert(wrong.rows.forall(_.isEmpty) && wrong.faults == Seq("'time' is missing"))
  }
}
