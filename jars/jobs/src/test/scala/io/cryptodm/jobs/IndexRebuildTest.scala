package io.cryptodm.jobs

import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.Files
import java.time.{Duration, LocalDate}

import com.fasterxml.jackson.databind.ObjectMapper
import com.fasterxml.jackson.databind.node.ObjectNode
import io.cryptodm.contracts.Generations
import io.cryptodm.tables.catalog.LakeCatalog
import io.cryptodm.tables.read.TableReader
import io.cryptodm.tables.rows.{Row, UpsertRule}
import io.cryptodm.tables.write.{KeyedTable, RowBatch, TopicOffsets}
import org.scalatest.funsuite.AnyFunSuite

import scala.jdk.CollectionConverters._

class IndexRebuildTest extends AnyFunSuite {
  import TestTopic._

  private val Json = new ObjectMapper
  private val topic = "coinbase-currencies"

  /** A lake with a table of quotes, and the old index in front of it. */
  private final class Ground(lake: TestLake) {
    val table: KeyedTable = lake.keyed("crypto_db.crypto_quote", UpsertRule.QUOTES)
    private val mapping = new QuoteRows(table.columns.asScala.toVector, Vector.empty, Generations.whole(1))
    val double = new SmallSearch("mine")
    val definition: String = lake.spec.search.definition
    val mappings = Json.readTree(definition).path("mappings")
    val connection = new SearchConnection(double.search(definition, "lake-mine"))
    double.make("crypto_quote", mappings, "CRYPTO_QUOTE", "lake-mine")

    def live: SmallIndex = double.find("crypto_quote").get

    /** Commits records to the table, as its job does. */
    def commit(records: TopicRecord*): Unit = {
      val rows = records.flatMap(record => mapping.map(record).rows.head.map(new Row(_, record.partition, record.offset)))
      val ends = new TopicOffsets(1, Map(Integer.valueOf(0) -> java.lang.Long.valueOf(records.map(_.offset).max + 1)).asJava)
      table.upsert(new RowBatch(topic, Generations.whole(1), ends, rows.asJava))
    }

    /** Writes records to the index, as its job does. */
    def index(records: TopicRecord*): Unit =
      SearchIndex.ofLake(connection, _ => ()).write(DocumentSlice.build(records.iterator, Generations.whole(1)).bulks)

    def reader: TableReader = TableReader.open(lake.catalog, LakeCatalog.identifier("crypto_db.crypto_quote"))

    def rebuild(ends: RebuildEnds = Reached, timeout: Duration = Duration.ofSeconds(20)): IndexRebuild =
      new IndexRebuild(connection, new QuoteTable(reader), ends, Silent, timeout)

    /** Revisions of the documents, by id. */
    def documents: Map[String, Long] = live.documents.map { case (id, (version, _)) => id -> version }.toMap

    def revisions: Seq[Long] = lake.rows("crypto_db.crypto_quote").map(_.getField("revision").asInstanceOf[Long]).sorted

    def assertWhole(): Unit = {
      assert(documents.values.toSeq.sorted == revisions)
      assert(IndexFill.of(live.mappings).isEmpty)
      assert(!reader.tagged(IndexRebuild.Tag).isPresent)
      assert(double.indexes.size == 1)
      assert(Seq("CRYPTO_QUOTE", "lake-mine", "crypto_quote").forall(name => double.find(name).contains(live)))
    }
  }

  private object Reached extends RebuildEnds {
    override def now(waits: String => Unit): (Long, Map[Int, Long]) = (1L, Map(0 -> 1L))
    override def awaitTable(generation: Long, ends: Map[Int, Long], waits: String => Unit): Unit = ()
  }

  private object Silent extends RebuildReport {
    override def begun(index: String, resumed: Boolean): Unit = ()
    override def filling(rows: Long, of: Long): Unit = ()
    override def waiting(reason: String): Unit = ()
    override def swapped(index: String, removed: Option[String]): Unit = ()
  }

  private def at(offset: Int, day: Int, minute: Int, close: String = "7"): TopicRecord =
    record(bar("BTC/USD", close, f"2025-07-$day%02dT12:$minute%02d:00Z"), offset)

  private def withGround[T](use: Ground => T): T = TestLake.withLake { lake =>
    val ground = new Ground(lake)
    try use(ground)
    finally ground.double.stop()
  }

  test("a document is the same from the topic and from the table") {
    withGround { ground =>
      val records = Seq(
        at(5, 6, 0, "6.50"),
        record("""{"bars":{"ETH/USD":{"c":1e-7,"h":1000,"l":0.0000001,"o":5,"t":"2025-07-07T12:00:00Z","v":0}}}""", 7),
        record(bar("BTC/USD", "7", "2025-07-06T12:01:00Z", complete = Some(false)), 8))
      ground.commit(records: _*)
      val fromTopic = DocumentSlice.build(records.iterator, Generations.whole(1)).bulks.flatMap(bulk => new String(bulk.body, UTF_8).linesIterator).toSet
      val table = new QuoteTable(ground.reader)
      val documents = new QuoteDocument
      val fromTable = scala.collection.mutable.Set.empty[String]
      table.readAll { row =>
        val its = table.rowOf(row)
        fromTable ++= new String(documents.bulkLines(its.bar, its.source, its.seenMicros, its.revision), UTF_8).linesIterator
      }
      assert(fromTable == fromTopic && fromTopic.size == 6)
      assert(fromTopic.count(_.contains(""""complete":false""")) == 1 && fromTopic.count(_.contains("complete")) == 1)
      assert(table.days().contains(Seq(LocalDate.parse("2025-07-07"), LocalDate.parse("2025-07-06"))))
    }
  }

  test("a rebuilt index holds what the table holds and takes the place of the old one, again and again") {
    withGround { ground =>
      ground.commit(at(0, 6, 0), at(1, 6, 1), at(2, 7, 0))
      ground.commit(at(3, 6, 1, "8"), at(4, 8, 0))
      ground.index(at(0, 6, 0), at(9, 1, 1))
      val done = ground.rebuild().rebuild()
      assert(done.index == "crypto_quote-2" && done.unfit == 0)
      ground.assertWhole()
      assert(ground.live.name == "crypto_quote-2")
      ground.commit(at(10, 9, 0))
      ground.index(at(11, 9, 1))
      assert(ground.rebuild().rebuild().index == "crypto_quote-3")
      ground.assertWhole()
    }
  }

  test("two runs at once end well: the command of the first was killed, and its process goes on") {
    for (moment <- Seq("POST /_aliases", "POST /crypto_quote-2/_refresh")) withGround { ground =>
      ground.commit(at(0, 6, 0), at(1, 6, 1), at(2, 7, 0))
      var others = 0
      ground.double.onRequest = request => if (request == moment) {
        ground.double.onRequest = _ => ()
        others += 1
        assert(ground.rebuild().rebuild().index == "crypto_quote-2")
      }
      assert(ground.rebuild().rebuild().index == "crypto_quote-2")
      assert(others == 1)
      ground.assertWhole()
    }
  }

  test("what the job wrote to the old index only gets into the new one, once the table has it") {
    withGround { ground =>
      ground.commit(at(0, 6, 0))
      ground.index(at(0, 6, 0))
      val early = at(1, 6, 1)
      ground.double.onRequest = request => if (request == "POST /_aliases") {
        ground.double.onRequest = _ => ()
        ground.index(early)
      }
      val ends = new RebuildEnds {
        override def now(waits: String => Unit): (Long, Map[Int, Long]) = {
          assert(ground.live.name == "crypto_quote-2")
          assert(!ground.documents.contains("BTC-USD-2025-07-06T12:01:00Z"))
          (1L, Map(0 -> 2L))
        }
        override def awaitTable(generation: Long, ends: Map[Int, Long], waits: String => Unit): Unit = {
          assert(generation == 1 && ends == Map(0 -> 2L))
          ground.commit(early)
        }
      }
      ground.rebuild(ends).rebuild()
      assert(ground.documents.keySet == Set("BTC-USD-2025-07-06T12:00:00Z", "BTC-USD-2025-07-06T12:01:00Z"))
      ground.assertWhole()
    }
  }

  test("a rebuild that dies at any request goes on where it was, and the index answers with all that it had throughout") {
    var step = 0
    var isThrough = false
    TestLake.withLake { lake =>
      while (!isThrough) {
        step += 1
        val ground = new Ground(lake)
        try {
          isThrough = survives(ground, step)
        } finally ground.double.stop()
      }
    }
    assert(step > 10)
  }

  /** @return whether the rebuild was through before so many requests */
  private def survives(ground: Ground, step: Int): Boolean = {
    ground.commit(at(0, 6, 0), at(1, 6, 1), at(2, 7, 0), at(3, 8, 0))
    ground.index(at(0, 6, 0), at(1, 6, 1), at(2, 7, 0), at(3, 8, 0))
    val had = ground.documents.keySet
    var requests = 0
    ground.double.onRequest = _ => {
      assert(had.subsetOf(ground.documents.keySet), s"at request $requests of step $step")
      requests += 1
      if (requests >= step) throw new java.io.IOException("cut")
    }
    val isThrough =
      try {
        ground.rebuild(timeout = Duration.ZERO).rebuild()
        true
      } catch { case _: java.io.IOException | _: IndexAway => false }
    ground.double.onRequest = _ => assert(had.subsetOf(ground.documents.keySet))
    // What is committed and indexed meanwhile must be there, too.
    val revised = at(3 + step, 6, 0, s"9.$step")
    ground.commit(revised)
    ground.index(revised)
    if (!isThrough) {
      ground.rebuild().rebuild()
      ground.assertWhole()
    }
    isThrough
  }

  test("an index that was made again is filled where it is, without taking anything back") {
    withGround { ground =>
      ground.commit(at(0, 6, 0), at(1, 7, 0))
      ground.live.mappings.withObject("/_meta/cryptodm/fill").put("phase", "filling")
      ground.index(at(5, 7, 0, "8"), at(6, 7, 1))
      val done = ground.rebuild(new RebuildEnds {
        override def now(waits: String => Unit): (Long, Map[Int, Long]) = (1L, Map(0 -> 7L))
        override def awaitTable(generation: Long, ends: Map[Int, Long], waits: String => Unit): Unit = ground.commit(at(5, 7, 0, "8"), at(6, 7, 1))
      }).fill()
      assert(done.exists(_.index == "crypto_quote"))
      ground.assertWhole()
      assert(ground.rebuild().fill().isEmpty)
    }
  }

  test("an index with another mapping is not gone on with, and one of somebody else is left alone") {
    withGround { ground =>
      ground.commit(at(0, 6, 0))
      val wrong = ground.mappings.deepCopy[ObjectNode]()
      wrong.withObject("/properties").putObject("price_crypto").put("type", "date")
      wrong.withObject("/_meta/cryptodm/fill").put("phase", "filling")
      ground.double.make("crypto_quote-2", wrong)
      ground.double.make("crypto_quote-5", ground.mappings)
      ground.double.make("crypto_quote-backup", ground.mappings)
      assert(ground.rebuild().rebuild().index == "crypto_quote-6")
      assert(ground.double.indexes.keySet == Set("crypto_quote-5", "crypto_quote-backup", "crypto_quote-6"))
    }
  }

  test("a row that the index refuses for what it holds is counted, and the others are there") {
    withGround { ground =>
      val large = TopicRecord(0, 1, Produced.toEpochMilli * 1000, null, bar("ETH/USD", "7").getBytes(UTF_8), "x" * 40000)
      ground.commit(at(0, 6, 0), large)
      val done = ground.rebuild().rebuild()
      assert(done.unfit == 1 && done.example.exists(_.contains("document_parsing_exception")))
      assert(ground.documents.keySet == Set("BTC-USD-2025-07-06T12:00:00Z"))
    }
  }

  test("a job has reached an offset when its progress says so, or that of a later generation") {
    TestLake.withLake { lake =>
      val file = java.nio.file.Path.of(lake.spec.jobs.asScala.find(_.id == "quotes-iceberg").get.progressFile)
      Files.createDirectories(file.getParent)
      val broker = new TopicView {
        override def look(name: String): Option[TopicState] =
          Some(TopicState(None, Map(0 -> PartitionState(0, 9, None), 1 -> PartitionState(4, 4, None))))
        override def endOfEpoch(name: String, partition: Int, epoch: Int): Option[Long] = None
      }
      val ends = new JobEnds(lake.spec, broker, pauseMillis = 10)
      assert(ends.now(_ => ()) == (1L -> Map(0 -> 9L)))
      def reaches(progress: String): Boolean = {
        Files.writeString(file, progress)
        ends.await(io.cryptodm.contracts.Spec.Job.Kind.QUOTES_TO_TABLE, 1, Map(0 -> 9L), _ => (), 50)
      }
      assert(!reaches("""{"generation":1,"offsets":{"0":8}}"""))
      assert(reaches("""{"generation":1,"offsets":{"0":9}}"""))
      assert(!reaches("""{"generation":1,"offsets":{}}"""))
      assert(reaches("""{"generation":2,"offsets":{}}"""))
    }
  }
}
