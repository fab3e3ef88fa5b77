package io.cryptodm.jobs

import java.nio.file.{Files, Path}

import com.fasterxml.jackson.databind.ObjectMapper
import com.fasterxml.jackson.databind.node.ObjectNode
import io.cryptodm.contracts.Generations
import io.cryptodm.tables.catalog.LakeCatalog
import io.cryptodm.tables.read.TableReader
import io.cryptodm.tables.rows.{Row, UpsertRule}
import io.cryptodm.tables.write.{RowBatch, TopicOffsets}
import org.scalatest.funsuite.AnyFunSuite

import scala.jdk.CollectionConverters._

class IndexComparisonTest extends AnyFunSuite {
  import TestTopic._

  private val records = (0 until 40).map { i =>
    record(bar(if (i % 2 == 0) "BTC/USD" else "ETH/USD", s"7.$i", f"2025-07-${6 + i / 15}%02dT${i % 3}%02d:$i%02d:00Z"), i)
  }

  /** A lake whose jobs have written records to the table and to the index. */
  private final class Ground(lake: TestLake) {
    val double = new SmallSearch
    private val definition = lake.spec.search.definition
    private val connection = new SearchConnection(double.search(definition))
    val index: SmallIndex = double.make("crypto_quote", new ObjectMapper().readTree(definition).path("mappings"), "CRYPTO_QUOTE")
    private val table = lake.keyed("crypto_db.crypto_quote", UpsertRule.QUOTES)
    private val mapping = new QuoteRows(table.columns.asScala.toVector, Vector.empty, Generations.whole(1))
    var end = 0L

    /** Called with what a comparison waits for. */
    var onWait: String => Unit = (_: String) => ()

    private val broker = new TopicView {
      override def look(name: String): Option[TopicState] = Some(TopicState(None, Map(0 -> PartitionState(0, end, None))))
      override def endOfEpoch(name: String, partition: Int, epoch: Int): Option[Long] = None
    }

    def commit(some: TopicRecord*): Unit = {
      val rows = some.flatMap(its => mapping.map(its).rows.head.map(new Row(_, its.partition, its.offset)))
      table.upsert(new RowBatch("coinbase-currencies", Generations.whole(1), new TopicOffsets(1, java.util.Map.of()), rows.asJava))
      report("quotes-iceberg", some.map(_.offset).max + 1)
    }

    def write(some: TopicRecord*): Unit = {
      SearchIndex.ofLake(connection, _ => ()).write(DocumentSlice.build(some.iterator, Generations.whole(1)).bulks)
      report("quotes-elasticsearch", some.map(_.offset).max + 1)
    }

    def report(job: String, offset: Long): Unit = {
      val file = Path.of(lake.spec.job(job).get.progressFile)
      Files.createDirectories(file.getParent)
      Files.writeString(file, s"""{"generation":1,"offsets":{"0":$offset}}""")
    }

    def compare(timeoutMillis: Long = 20000): Compared = {
      val reader = TableReader.open(lake.catalog, LakeCatalog.identifier("crypto_db.crypto_quote"))
      val ends = new JobEnds(lake.spec, broker, pauseMillis = 10)
      new IndexComparison(connection, new QuoteTable(reader), ends, reason => onWait(reason), timeoutMillis).compare()
    }
  }

  private def withGround[T](use: Ground => T): T = TestLake.withLake { lake =>
    val ground = new Ground(lake)
    try {
      ground.end = 40
      ground.commit(records: _*)
      ground.write(records: _*)
      use(ground)
    } finally ground.double.stop()
  }

  test("an index that is what the table is has no difference") {
    withGround(ground => assert(ground.compare() == Compared(40, 40, 0, 0, 0, None, None)))
  }

  test("a document that is missing, stale, changed or of no row is found") {
    withGround { ground =>
      val ids = ground.index.documents.keys.toSeq.sorted
      ground.index.documents.remove(ids.head)
      assert(ground.compare() == Compared(40, 39, 1, 0, 0, Some(ids.head), None))
      def change(id: String)(change: ObjectNode => Unit): Unit = {
        val (version, document) = ground.index.documents(id)
        val its = document.deepCopy[ObjectNode]()
        change(its)
        ground.index.documents.put(id, version -> its)
      }
      change(ids(1))(its => its.put("revision", its.path("revision").asLong - 1))
      change(ids(20))(_.put("price_crypto", 1000000))
      val extra = ground.index.documents(ids(2))
      ground.index.documents.put("BTC-USD-2020-01-01T00:00:00Z", extra._1 -> extra._2.deepCopy[ObjectNode]().put("start_window", "2020-01-01T00:00:00Z"))
      val found = ground.compare()
      assert((found.rows, found.documents, found.missing, found.extra, found.other) == (40L, 40L, 1L, 1L, 2L))
    }
  }

  test("what is on its way is no difference, on either side") {
    withGround { ground =>
      // The table has one that the index gets while the comparison waits, and the other way round.
      val (first, second) = (record(bar("BTC/USD", "9", "2025-07-06T00:00:00Z"), 40), record(bar("SOL/USD", "9", "2025-07-09T00:00:00Z"), 41))
      ground.commit(first)
      ground.report("quotes-iceberg", 40)
      ground.write(second)
      ground.report("quotes-elasticsearch", 40)
      var searches = 0
      ground.double.onRequest = request => if (request.endsWith("_search")) {
        searches += 1
        // Once everything has been looked at, more is known to be in the topic.
        if (searches == 1) ground.end = 42
      }
      ground.onWait = _ => {
        ground.onWait = (_: String) => ()
        ground.commit(first, second)
        ground.write(first, second)
      }
      // The counts are those of the first look.
      assert(ground.compare() == Compared(40, 41, 0, 0, 0, None, None))
    }
  }

  test("while a job is behind nothing is certain") {
    withGround { ground =>
      ground.end = 50
      assert(ground.compare(timeoutMillis = 50).behind.isDefined)
    }
  }
}
