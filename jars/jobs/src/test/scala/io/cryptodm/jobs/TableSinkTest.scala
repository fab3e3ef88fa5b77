package io.cryptodm.jobs

import io.cryptodm.contracts.Generations
import io.cryptodm.tables.write.KeyedTable
import org.apache.spark.sql.DataFrame
import org.apache.spark.sql.streaming.Trigger
import org.scalatest.funsuite.AnyFunSuite

import java.nio.ByteBuffer
import java.nio.charset.StandardCharsets.UTF_8

class TableSinkTest extends TableSinkBehaviour(None)

/** The same when tasks write the rows into files. */
class LargeTableSinkTest extends TableSinkBehaviour(Some(TestLake.Large))

/** @param tuning of the tables; None for the usual one of each */
abstract class TableSinkBehaviour(tuning: Option[KeyedTable.Tuning]) extends AnyFunSuite {
  import TestTopic._

  private val btc = "BTC 2025-07-08T12:00Z"
  private val ltc = "LTC 2025-07-08T12:00Z"

  /** Collects what would go to Kafka. */
  private final class CollectedBadRecords extends BadOutlet {
    var sent: Seq[BadRecord] = Nil
    override def send(origin: String, generations: Generations, records: Seq[BadRecord]): Unit = sent ++= records
  }

  private def open(lake: TestLake): Admission = Admission.open(lake.spec.topic("quotes"))

  private def withSink[T](use: (TestLake, CollectedBadRecords, Seq[SourceRow] => BatchReport) => T): T = SharedSpark.withSession { session =>
    TestLake.withLake(tuning) { lake =>
      val collected = new CollectedBadRecords
      val sink = lake.quoteSink(collected)
      use(lake, collected, rows => sink.write(batch(session, rows), open(lake)))
    }
  }

  test("a revision replaces, also downwards, and an equal repeat makes no snapshot") {
    withSink { (lake, _, write) =>
      write(Seq(row(bar("BTC/USD", "100"), 0)))
      write(Seq(row(bar("BTC/USD", "90"), 1)))
      val report = write(Seq(row(bar("BTC/USD", "90"), 2)))
      assert(lake.prices == Map(btc -> "90"))
      assert(lake.snapshots == 2)
      assert(report.rows == 0 && report.inputRows == 1 && report.tableRows.contains(1L))
    }
  }

  test("a record with several coins gives a row for each") {
    withSink { (lake, _, write) =>
      write(Seq(row(bars("BTC/USD", "LTC/USD"), 0)))
      assert(lake.prices == Map(btc -> "7", ltc -> "7"))
    }
  }

  test("every column of a row is what the event says") {
    withSink { (lake, _, write) =>
      write(Seq(row(bar("BTC/USD", "100.5"), 41, partition = 1)))
      val found = lake.rows("crypto_db.crypto_quote").head
      assert(found.getField("asset_type") == "USD")
      assert(found.getField("end_window").toString == "2025-07-08T12:01Z")
      assert(found.getField("ref_date").toString == "2025-07-08")
      assert(found.getField("source") == "simulate")
      assert(found.getField("seen_at").toString == "2025-07-08T12:05:30Z")
      assert(found.getField("revision") == (1L << 40) + 41)
      assert(found.getField("trade_count") == 3L)
      assert(found.getField("vwap").toString == "6.000000000000")
      assert(found.getField("complete") == null)
    }
  }

  test("a revision that says nothing new but that the minute is complete replaces the row") {
    withSink { (lake, _, write) =>
      def complete = lake.rows("crypto_db.crypto_quote").map(_.getField("complete"))
      write(Seq(row(bar("BTC/USD", "100", complete = Some(false)), 0)))
      assert(complete == Seq(false))
      write(Seq(row(bar("BTC/USD", "100", complete = Some(true)), 1)))
      assert(complete == Seq(true))
      assert(write(Seq(row(bar("BTC/USD", "100", complete = Some(true)), 2))).rows == 0)
    }
  }

  test("a batch that changes rows is reported, any other is not") {
    SharedSpark.withSession { session =>
      TestLake.withLake(tuning) { lake =>
        var reports = 0
        val sink = lake.quoteSink(new CollectedBadRecords, () => reports += 1)
        def write(rows: SourceRow*): Int = {
          sink.write(batch(session, rows), open(lake))
          reports
        }
        assert(write(row(bar("BTC/USD", "100"), 0)) == 1)
        assert(write(row(bar("BTC/USD", "100"), 1), row("nonsense", 2)) == 1)
        assert(write(row(bar("BTC/USD", "101"), 3)) == 2)
      }
    }
  }

  test("a key whose records stand in two partitions, and so in two tasks, has one row: that of the highest revision") {
    SharedSpark.withSession { session =>
      TestLake.withLake(tuning) { lake =>
        val sink = lake.quoteSink(new CollectedBadRecords)
        val parts = Seq(
          Seq(row(bar("BTC/USD", "1"), 0), row(bar("ETH/USD", "1"), 1), row(bar("LTC/USD", "1"), 9)),
          Seq(row(bar("BTC/USD", "2"), 5, partition = 1), row(bar("LTC/USD", "2"), 6, partition = 1)))
        val all = batch(session, parts.flatten).repartition(2, org.apache.spark.sql.functions.col("partition"))
        sink.write(all, open(lake))
        assert(lake.prices == Map(btc -> "2", ltc -> "1", "ETH 2025-07-08T12:00Z" -> "1"))
        assert(sink.write(all, open(lake)).rows == 0)
      }
    }
  }

  test("a batch that is refused leaves no files") {
    SharedSpark.withSession { session =>
      TestLake.withLake(tuning) { lake =>
        val refusing = new Admission {
          override def admit(counts: Vector[PartitionCount]): Nothing = throw new IllegalStateException("refused")
        }
        intercept[IllegalStateException](lake.quoteSink(new CollectedBadRecords).write(batch(session, Seq(row(bar("BTC/USD", "1"), 0))), refusing))
        val left = java.nio.file.Files.walk(lake.folder)
        try assert(left.filter(_.toString.endsWith(".parquet")).count == 0)
        finally left.close()
      }
    }
  }

  test("a malformed record is kept with its payload and stops nothing") {
    withSink { (lake, collected, write) =>
      val partly = """{"bars":{"BTC/USD":{"c":1},"LTC/USD":{"c":7,"h":8,"l":6,"n":1,"o":7,"t":"2025-07-08T12:00:00Z","v":1,"vw":7}}}"""
      val rows = Seq(row("nonsense", 0), row(null, 1, source = null), row(partly, 2), row(bar("BTC/USD", "5"), 3))
      val report = write(rows)
      assert(lake.prices == Map(btc -> "5", ltc -> "7"))
      assert(report.badRecords == 3)
      assert(collected.sent.map(_.offset) == Seq(0, 1, 2))
      val kept = lake.rows("crypto_db.bad_record").sortBy(_.getField("offset").asInstanceOf[Long])
      assert(kept.map(_.getField("offset")) == Seq(0L, 1L, 2L))
      assert(UTF_8.decode(kept.head.getField("payload").asInstanceOf[ByteBuffer]).toString == "nonsense")
      assert(kept(1).getField("payload") == null && kept(1).getField("source") == "unknown")
      assert(kept.forall(_.getField("reason").toString.nonEmpty))
      // The same batch again.
      write(rows)
      assert(lake.rows("crypto_db.bad_record").size == 3)
      assert(collected.sent.size == 3)
    }
  }

  test("coverage has its own table: an interval grows, never shrinks, and a replay changes nothing") {
    withSink { (lake, _, write) =>
      def watched = lake.rows("crypto_db.quote_coverage")
        .map(row => Seq("asset_id", "start_window", "end_window", "state", "revision").map(row.getField(_).toString).mkString(" "))
        .toSet
      val first = 1L << 40
      val growing = Seq(
        row(bar("BTC/USD", "5"), 0),
        row(coverage("BTC/USD", "2025-07-08T12:00:00Z", "2025-07-08T12:01:00Z"), 1),
        row(coverage("BTC/USD", "2025-07-08T12:00:00Z", "2025-07-08T12:02:00Z"), 2))
      val report = write(growing)
      assert(report.rows == 1 && report.inputRows == 3 && report.badRecords == 0 && report.tableRows.contains(1L))
      assert(watched == Set(s"BTC 2025-07-08T12:00Z 2025-07-08T12:02Z observed ${first + 2}"))
      // Another state of the same minute is its own row, and a record may hold nothing else.
      write(Seq(
        row(coverage("BTC/USD", "2025-07-08T12:00:00Z", "2025-07-08T12:03:00Z"), 3),
        row(coverage("BTC/USD", "2025-07-08T12:00:00Z", "2025-07-08T12:01:00Z", "source-down"), 4, source = "alpaca")))
      val expected = Set(
        s"BTC 2025-07-08T12:00Z 2025-07-08T12:03Z observed ${first + 3}",
        s"BTC 2025-07-08T12:00Z 2025-07-08T12:01Z source-down ${first + 4}")
      assert(watched == expected)
      val found = lake.rows("crypto_db.quote_coverage").find(_.getField("state") == "source-down").get
      assert(found.getField("asset_type") == "USD" && found.getField("source") == "alpaca")
      assert(found.getField("ref_date").toString == "2025-07-08" && found.getField("seen_at").toString == "2025-07-08T12:05:30Z")
      write(growing)
      assert(watched == expected && lake.prices == Map(btc -> "5"))
      // Readers of the longer interval rely on it: a shorter one that is sent later removes nothing.
      write(Seq(
        row(coverage("BTC/USD", "2025-07-08T12:00:00Z", "2025-07-08T12:02:00Z"), 5),
        row(coverage("BTC/USD", "2025-07-08T12:00:00Z", "2025-07-08T12:01:00Z"), 6)))
      assert(watched == expected)
    }
  }

  test("records that a restart reads again change nothing, even without the checkpoint") {
    SharedSpark.withSession { session =>
      TestLake.withLake(tuning) { lake =>
        val minutes = (0 until 30).map(i => row(bar("BTC/USD", "7", f"2025-07-08T12:$i%02d:00Z"), i))
        val revisions = (0 until 30).map(i => row(bar("BTC/USD", "9", f"2025-07-08T12:$i%02d:00Z"), 30 + i))

        def consume(checkpoint: String): Unit = {
          val source = stream(session)
          val sink = lake.quoteSink(new CollectedBadRecords)
          val query = source
            .toDF()
            .writeStream
            .foreachBatch((batch: DataFrame, _: Long) => sink.write(batch, open(lake)): Unit)
            .option("checkpointLocation", lake.folder.resolve(checkpoint).toString)
            .trigger(Trigger.ProcessingTime(0))
            .start()
          try {
            Seq(minutes, revisions).foreach { rows =>
              source.addData(rows)
              query.processAllAvailable()
            }
          } finally query.stop()
        }

        consume("first")
        val before = lake.snapshots
        assert(lake.prices.values.toSet == Set("9") && lake.prices.size == 30)
        consume("second")
        assert(lake.prices.values.toSet == Set("9") && lake.prices.size == 30)
        assert(lake.snapshots == before)
      }
    }
  }

  test("whatever part of checkpoint and snapshots is lost, records that are read again change nothing") {
    SharedSpark.withSession { session =>
      TestLake.withLake(tuning) { lake =>
        val minutes = (0 until 30).map(i => row(bar("BTC/USD", "7", f"2025-07-08T12:$i%02d:00Z"), i))
        val revisions = (0 until 30).map(i => row(bar("BTC/USD", "9", f"2025-07-08T12:$i%02d:00Z"), 30 + i))
        val checkpoint = lake.folder.resolve("checkpoint")

        def consume(rows: Seq[SourceRow]*): Unit = {
          val source = stream(session)
          val sink = lake.quoteSink(new CollectedBadRecords)
          val query = source
            .toDF()
            .writeStream
            .foreachBatch((batch: DataFrame, _: Long) => sink.write(batch, open(lake)): Unit)
            .option("checkpointLocation", checkpoint.toString)
            .trigger(Trigger.ProcessingTime(0))
          // A restart reads what its checkpoint names: the source must hold it beforehand.
          val standing = java.nio.file.Files.exists(checkpoint.resolve("commits"))
          if (standing) rows.foreach(source.addData(_))
          val running = query.start()
          try {
            if (standing) running.processAllAvailable()
            else
              rows.foreach { its =>
                source.addData(its)
                running.processAllAvailable()
              }
          } finally running.stop()
        }
        def holds(): Unit = assert(lake.prices.values.toSet == Set("9") && lake.prices.size == 30)
        def copy(from: String, to: String): Unit =
          org.apache.commons.io.FileUtils.copyDirectory(lake.folder.resolve(from).toFile, lake.folder.resolve(to).toFile)
        def remove(name: String): Unit = org.apache.commons.io.FileUtils.deleteDirectory(lake.folder.resolve(name).toFile)

        consume(minutes)
        copy("checkpoint", "older")
        consume(minutes, revisions)
        holds()
        val snapshots = lake.snapshots

        // The last commit of the checkpoint is gone: its batch comes again.
        val commits = checkpoint.resolve("commits").toFile.listFiles.filter(_.getName.forall(_.isDigit)).sortBy(_.getName.toInt)
        assert(commits.last.delete())
        consume(minutes, revisions)
        holds()

        // An older checkpoint replaces it.
        remove("checkpoint")
        copy("older", "checkpoint")
        consume(minutes, revisions)
        holds()

        // No checkpoint at all, and of the snapshots the present one only.
        assert(lake.snapshots == snapshots)
        lake.expireAllButOne()
        remove("checkpoint")
        consume(minutes, revisions)
        holds()
        assert(lake.snapshots == 1)
      }
    }
  }
}
