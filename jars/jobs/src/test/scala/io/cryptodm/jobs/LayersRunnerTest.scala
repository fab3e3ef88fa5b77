package io.cryptodm.jobs

import java.lang.reflect.{InvocationHandler, Proxy}
import java.nio.file.{Files, Path}
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.function.Supplier

import com.fasterxml.jackson.databind.ObjectMapper
import io.cryptodm.contracts.{Generations, Spec}
import io.cryptodm.layers.LakeLayers
import io.cryptodm.tables.rows.{Row, UpsertRule}
import io.cryptodm.tables.storage.ForwardedOperations
import io.cryptodm.tables.write.{RowBatch, TopicOffsets}
import org.apache.iceberg.catalog.Catalog
import org.apache.iceberg.{BaseTable, HasTableOperations, Table, TableMetadata}
import org.scalatest.funsuite.AnyFunSuite

import scala.concurrent.duration._
import scala.jdk.CollectionConverters._

class LayersRunnerTest extends AnyFunSuite with TestFolders {

  private def job: Spec.Job =
    Spec.read(Path.of("../../test/fixtures/spec/lake.json")).jobs.asScala.find(_.kind == Spec.Job.Kind.TABLES_TO_LAYERS).get

  test("layers that run out of memory go on in smaller runs, and rest when that does not help") {
    val divisors = new ConcurrentLinkedQueue[Int]
    val progress = JobProgress.at("lake-layers", 1, None)
    val deaths = new LayersDeaths(None)
    val runner = new LayersRunner(
      job,
      { divisor =>
        divisors.add(divisor)
        throw new OutOfMemoryError("Java heap space")
      },
      progress,
      deaths,
      new LayersPace(1.hour))
    val thread = new Thread(runner)
    thread.start()
    try {
      Await.until("the layers rest", 10.seconds) {
        Some(new ObjectMapper().readTree(progress.toJson).path("lastError").asText).filter(_.contains("rest for 30 s"))
      }
      assert(divisors.asScala.toSeq == Seq(1, 2, 4))
      assert(thread.isAlive)
    } finally {
      runner.stop()
      thread.join(10000)
    }
    assert(!thread.isAlive)
  }

  test("new bars are in the candles before the trigger, and what follows from them is left to it") {
    TestLake.withLake { lake =>
      val quotes = lake.keyed("crypto_db.crypto_quote", UpsertRule.QUOTES)
      val mapping = new QuoteRows(quotes.columns.asScala.toVector, Vector.empty, Generations.whole(1))
      def commit(close: String, offset: Long): Unit = {
        val record = TestTopic.record(TestTopic.bar("BTC/USD", close), offset)
        val rows = mapping.map(record).rows.head.map(new Row(_, record.partition, record.offset))
        quotes.upsert(new RowBatch("coinbase-currencies", Generations.whole(1), new TopicOffsets(1, java.util.Map.of()), rows.asJava))
      }
      def closes: Set[String] = lake.rows("crypto_gold.candle").map(_.getField("close_price").toString.stripSuffix(".000000000000")).toSet
      val progress = JobProgress.at("lake-layers", 1, None)
      def takenAt: String = new ObjectMapper().readTree(progress.toJson).path("takenAt").asText
      val pace = new LayersPace(1.hour)
      val runner = new LayersRunner(job, divisor => LakeLayers.open(lake.catalog, lake.spec, LakeLayers.Tuning.DEFAULT.divided(divisor)), progress, new LayersDeaths(None), pace)
      commit("7", 0)
      val thread = new Thread(runner)
      thread.start()
      try {
        Await.until("a whole run", 60.seconds)(Some(takenAt).filter(_.nonEmpty))
        assert(closes == Set("7"))
        val whole = takenAt
        Seq("8", "9").zipWithIndex.foreach { case (close, at) =>
          commit(close, at + 1)
          pace.noteBars()
          Await.until("the candles have the new close", 60.seconds)(Some(closes).filter(_ == Set(close)))
        }
        assert(takenAt == whole)
      } finally {
        runner.stop()
        thread.join(10000)
      }
      assert(!thread.isAlive)
    }
  }

  /** Tables of a catalog without turns, in which somebody else wins each race. */
  private def losing(catalog: Catalog): Catalog = {
    def table(its: Table): Table = {
      val operations = its.asInstanceOf[HasTableOperations].operations
      val losing = new ForwardedOperations(operations) {
        override def commit(base: TableMetadata, metadata: TableMetadata): Unit = {
          val now = operations.refresh()
          operations.commit(now, now.replaceProperties((now.properties.asScala.toMap + ("theirs" -> System.nanoTime.toString)).asJava))
          super.commit(base, metadata)
        }

        override def inTurn[T](attempt: Supplier[T]): T = attempt.get
      }
      new BaseTable(losing, its.name)
    }
    val handler: InvocationHandler = (_, method, arguments) =>
      method.invoke(catalog, Option(arguments).getOrElse(Array.empty[AnyRef]): _*) match {
        case found: Table => table(found)
        case other => other
      }
    Proxy.newProxyInstance(classOf[Catalog].getClassLoader, Array(classOf[Catalog]), handler).asInstanceOf[Catalog]
  }

  test("a run that other writers keep waiting is named, and ends at once when it is to stop") {
    TestLake.withLake { lake =>
      val quotes = lake.keyed("crypto_db.crypto_quote", UpsertRule.QUOTES)
      val mapping = new QuoteRows(quotes.columns.asScala.toVector, Vector.empty, Generations.whole(1))
      val record = TestTopic.record(TestTopic.bar("BTC/USD", "7"), 0)
      val rows = mapping.map(record).rows.head.map(new Row(_, record.partition, record.offset))
      quotes.upsert(new RowBatch("coinbase-currencies", Generations.whole(1), new TopicOffsets(1, java.util.Map.of()), rows.asJava))
      val progress = JobProgress.at("lake-layers", 1, None)
      def said = new ObjectMapper().readTree(progress.toJson)
      val runner = new LayersRunner(job, _ => LakeLayers.open(losing(lake.catalog), lake.spec, LakeLayers.Tuning.DEFAULT), progress, new LayersDeaths(None), new LayersPace(1.hour))
      val thread = new Thread(runner)
      thread.start()
      try {
        Await.until("the wait is named", 120.seconds)(Some(said.path("lastError").asText).filter(_.startsWith("Others commit to ")))
        assert(said.path("state").asText == "retrying" && said.path("failing").path("since").asText.nonEmpty)
      } finally {
        runner.stop()
        thread.join(10000)
      }
      assert(!thread.isAlive)
    }
  }

  test("a process that ends within a run counts as a death, one that ends between runs does not") {
    val file = newFolder("deaths").resolve("lake-layers.deaths")
    new LayersDeaths(Some(file)).begin()
    val second = new LayersDeaths(Some(file))
    assert(second.count == 1 && second.divisor == 2 && second.pause == Duration.Zero)
    second.begin()
    second.end(isAllTaken = false)
    assert(new LayersDeaths(Some(file)).count == 1)
    (1 to 3).foreach(_ => new LayersDeaths(Some(file)).begin())
    val fifth = new LayersDeaths(Some(file))
    assert(fifth.count == 4 && fifth.divisor == 16 && fifth.pause == 1.minute)
    fifth.begin()
    fifth.end(isAllTaken = true)
    assert(new LayersDeaths(Some(file)).count == 0 && !Files.exists(file))
    Files.writeString(file, "")
    assert(new LayersDeaths(Some(file)).count == 0)
  }
}
