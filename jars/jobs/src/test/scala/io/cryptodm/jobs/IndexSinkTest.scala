package io.cryptodm.jobs

import java.nio.file.{Files, Path}
import java.util.{ArrayList, Collections}

import com.fasterxml.jackson.databind.ObjectMapper
import io.cryptodm.contracts.{Generations, Spec}
import org.scalatest.funsuite.AnyFunSuite

import scala.jdk.CollectionConverters._

/** Batches whose documents the tasks send. */
class IndexSinkTest extends AnyFunSuite {
  import TestTopic._

  private val spec = Spec.parse(Files.readString(Path.of("../../test/fixtures/spec/lake.json")))
  private val topic = spec.topic("quotes")

  private final class Collected extends BadOutlet {
    var sent: Seq[BadRecord] = Nil
    override def send(origin: String, generations: Generations, records: Seq[BadRecord]): Unit = sent ++= records
  }

  private final class Ground(val double: SmallSearch, val pauses: java.util.List[Option[String]], val bad: Collected, sink: IndexSink) {
    def write(rows: Seq[SourceRow], admission: Admission = Admission.open(topic)): BatchReport =
      SharedSpark.withSession(session => sink.write(batch(session, rows), admission))

    def closes: Map[String, Double] = double.find("crypto_quote").get.documents.values.map { case (_, its) =>
      s"${its.path("asset_id").asText} ${its.path("start_window").asText}" -> its.path("price_crypto").asDouble
    }.toMap
  }

  private def withSink[T](answers: (Int, String)*)(use: Ground => T): T = {
    val double = new SmallSearch
    double.make("crypto_quote", new ObjectMapper().readTree(spec.search.definition).path("mappings"), "CRYPTO_QUOTE")
    double.scripted ++= answers
    val pauses = Collections.synchronizedList(new ArrayList[Option[String]])
    val search = double.search(spec.search.definition)
    val bad = new Collected
    val sink = new IndexSink(topic, search, SearchIndex.ofLake(new SearchConnection(search), pauses.add(_)), bad, isLarge = _ => true)
    try use(new Ground(double, pauses, bad, sink))
    finally double.stop()
  }

  private val rows = (0 until 40).map(i => row(bar("BTC/USD", (i + 1).toString, f"2025-07-08T12:${i % 20}%02d:00Z"), i))

  test("the last revision of each document is written and made visible once, whichever task sent it") {
    withSink() { ground =>
      val report = ground.write(rows)
      assert(ground.closes.size == 20 && ground.closes.values.toSeq.sorted == (21 to 40).map(_.toDouble))
      assert(report.inputRows == 40 && report.badRecords == 0)
      val asked = ground.double.requests.asScala.toSeq.map(_._1)
      assert(asked.count(_.contains("/_bulk")) > 1, "each task sends its own")
      assert(asked.count(_.endsWith("/_refresh")) == 1 && asked.last.endsWith("/_refresh") && !asked.exists(_.contains("refresh=true")))
      assert(ground.pauses.isEmpty)
      // The batch again, and an older revision.
      ground.write(rows)
      assert(ground.closes.values.toSeq.sorted == (21 to 40).map(_.toDouble))
    }
  }

  test("what tasks could not send is sent until it is there, and the wait has a name") {
    val busy = 429 -> """{"error":{"type":"es_rejected_execution_exception","reason":"queue is full"}}"""
    withSink(busy, busy, busy, busy) { ground =>
      ground.write(rows)
      assert(ground.closes.size == 20)
      assert(ground.pauses.asScala.head.exists(_.contains("429")) && ground.pauses.asScala.last.isEmpty)
    }
  }

  test("a document that the index refuses is kept as a bad record, the others are there") {
    withSink() { ground =>
      ground.double.unfit = Set("ETH")
      val report = ground.write(rows :+ row(bar("ETH/USD", "5"), 40))
      assert(ground.closes.size == 20)
      assert(report.badRecords == 1 && report.badReason.exists(_.startsWith("index: document_parsing_exception")))
      assert(ground.bad.sent.map(_.offset) == Seq(40))
    }
  }

  test("of a batch that is not admitted nothing is sent") {
    withSink() { ground =>
      val refusing = new Admission {
        override def admit(counts: Vector[PartitionCount]): Nothing = throw new IllegalStateException("refused")
      }
      intercept[IllegalStateException](ground.write(rows, refusing))
      assert(ground.double.requests.isEmpty)
    }
  }
}
