package io.cryptodm.jobs

import io.cryptodm.contracts.Generations
import io.cryptodm.tables.rows.UpsertRule
import io.cryptodm.tables.write.KeyedTable
import org.scalatest.funsuite.AnyFunSuite

class MarketSinkTest extends MarketSinkBehaviour(None)

/** The same when tasks write the rows into files. */
class LargeMarketSinkTest extends MarketSinkBehaviour(Some(TestLake.Large))

/** @param tuning of the tables; None for the usual one of each */
abstract class MarketSinkBehaviour(tuning: Option[KeyedTable.Tuning]) extends AnyFunSuite {
  import TestTopic._

  private object NoOutlet extends BadOutlet {
    override def send(origin: String, generations: Generations, records: Seq[BadRecord]): Unit = ()
  }

  private def market(value: String, offset: Long, source: String = "coinbase"): SourceRow =
    row(value, offset, source = source).copy(topic = "market-trades")

  private def trade(id: Long, price: String = "7", time: String = "2025-07-08T12:00:01.123456Z"): String =
    s"""{"pair":"BTC/USD","id":$id,"time":"$time","price":$price,"quantity":0.5,"side":"buy"}"""

  private def hole(first: Long, last: Long, state: String, from: String = "2025-07-08T12:00:00Z"): String =
    s"""{"pair":"BTC/USD","hole":{"first":$first,"last":$last,"from":"$from","to":"2025-07-08T12:01:00Z","state":"$state","reason":"away"}}"""

  private def candle(cause: String, close: String): String =
    s"""{"pair":"BTC/USD","candle":{"start":"2025-07-08T12:00:00Z","cause":"$cause","ours":{"o":1,"h":9,"l":1,"c":$close,"v":2},"theirs":null}}"""

  private def withSink[T](use: (TestLake, Seq[SourceRow] => BatchReport) => T): T = SharedSpark.withSession { session =>
    TestLake.withLake(tuning) { lake =>
      val sink = lake.sink("market-iceberg", NoOutlet)
      use(lake, rows => sink.write(batch(session, rows), Admission.open(lake.spec.topic("market"))))
    }
  }

  private def fields(lake: TestLake, table: String, columns: String*): Set[String] =
    lake.rows(s"crypto_db.$table").map(row => columns.map(column => String.valueOf(row.getField(column))).mkString(" ")).toSet

  test("each record goes to its table, and what was watched to none") {
    withSink { (lake, write) =>
      val report = write(Seq(
        market(trade(1), 0),
        market(trade(1), 1, source = "kraken"),
        market(hole(2, 4, "open"), 2),
        market(candle("hole", "3"), 3),
        market("""{"pair":"BTC/USD","watched":{"first":1,"last":5}}""", 4),
        market("nonsense", 5)))
      assert(report.rows == 2 && report.inputRows == 6 && report.badRecords == 1 && report.tableRows.contains(2L))
      assert(fields(lake, "market_trade", "source", "trade_id", "trade_time", "side") ==
        Set("coinbase 1 2025-07-08T12:00:01.123456Z buy", "kraken 1 2025-07-08T12:00:01.123456Z buy"))
      assert(fields(lake, "market_hole", "source", "first_id", "last_id", "state", "reason") == Set("coinbase 2 4 open away"))
      assert(fields(lake, "candle_difference", "cause", "our_close", "their_close") == Set("hole 3.000000000000 null"))
      assert(fields(lake, "bad_record", "topic", "offset") == Set("market-trades 5"))
    }
  }

  test("a trade stays as it came first; the last report of a hole and of a candle counts, also where it names another day") {
    withSink { (lake, write) =>
      val first = Seq(market(trade(1, "7"), 0), market(hole(2, 4, "open"), 1), market(candle("hole", "3"), 2))
      val later = Seq(
        market(trade(1, "8", "2025-07-09T12:00:00Z"), 3),
        market(hole(2, 4, "closed", "2025-07-07T23:59:59Z"), 4),
        market(candle("none", "4"), 5))
      def holds(): Unit = {
        assert(fields(lake, "market_trade", "trade_id", "price", "revision") == Set(s"1 7.000000000000 ${1L << 40}"))
        assert(fields(lake, "market_hole", "first_id", "state", "ref_date", "revision") == Set(s"2 closed 2025-07-07 ${(1L << 40) + 4}"))
        assert(fields(lake, "candle_difference", "cause", "our_close") == Set("none 4.000000000000"))
        Seq("market_trade", "market_hole", "candle_difference").foreach(table => assert(lake.rows(s"crypto_db.$table").size == 1))
      }
      write(first)
      write(later)
      holds()
      // In a new process, and with repeats of older records behind newer ones.
      write(first ++ later)
      write(first)
      holds()
      val snapshots = lake.snapshotsOf("crypto_db.market_hole")
      write(Seq(market(hole(2, 4, "closed", "2025-07-07T23:59:59Z"), 6)))
      assert(lake.snapshotsOf("crypto_db.market_hole") == snapshots, "an equal repeat changes nothing")
    }
  }

  test("a batch of which only the trades were written is finished when it comes again") {
    SharedSpark.withSession { session =>
      TestLake.withLake(tuning) { lake =>
        val rows = Seq(market(trade(1), 0), market(hole(2, 4, "closed"), 1))
        val job = lake.spec.job("market-iceberg").get
        val trades = lake.keyed(job.table, UpsertRule.FACTS)
        val topic = lake.spec.topic("market")
        val partial = new TableSink(
          topic,
          Seq(trades),
          lake.mapping(job),
          new BadRecords(lake.keyed(job.badTable, UpsertRule.FACTS), NoOutlet, topic.name, topic.generations))
        partial.write(batch(session, rows), Admission.open(topic))
        assert(lake.rows(job.table).size == 1 && lake.rows(job.holeTable).isEmpty)
        lake.sink(job.id, NoOutlet).write(batch(session, rows), Admission.open(topic))
        assert(lake.rows(job.table).size == 1 && fields(lake, "market_hole", "state") == Set("closed"))
      }
    }
  }
}
