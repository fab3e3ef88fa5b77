package io.cryptodm.jobs

import java.time.{Duration, Instant}

import io.cryptodm.contracts.{Generations, Spec}
import io.cryptodm.tables.write.TopicOffsets
import org.scalatest.funsuite.AnyFunSuite

import scala.jdk.CollectionConverters._

class TopicTrimTest extends AnyFunSuite {
  private val Begin = Instant.parse("2025-07-08T05:43:00Z")

  /** A log of records of 100 bytes, one a second in each partition, which loses its space at once. */
  private final class Topic(generations: Generations = Generations.whole(1)) extends TopicStore {
    val log = new FakeLog
    var now: Instant = Begin
    var readers: Seq[Option[CheckpointOffsets]] = Nil
    var frees = true
    private val topic = new Spec.Topic("coinbase-trades", 2, 1, generations, java.util.Map.of(), new Spec.Bound(100000, Duration.ofDays(7)))
    private def states = log.look(topic.name).get.partitions
    private var kept = Map.empty[Int, Long]

    def append(records: Long): Unit = (0 to 1).foreach(log.append(_, records))
    /** @param planned ends of its last batch @param taken ends of the last one that was written */
    def reader(planned: (Long, Long), taken: (Long, Long)): Option[CheckpointOffsets] = {
      val ends = Map(Integer.valueOf(0) -> java.lang.Long.valueOf(planned._1), Integer.valueOf(1) -> java.lang.Long.valueOf(planned._2))
      Some(CheckpointOffsets(new TopicOffsets(generations.present, ends.asJava), Map(0 -> taken._1, 1 -> taken._2)))
    }
    var noted = Map.empty[Int, Long]
    private def checkpoint(said: => Option[CheckpointOffsets]): TopicReader = new TopicReader {
      override def taken: Option[CheckpointOffsets] = said
      override def noteRemoved(offsets: Map[Int, Long]): Unit = noted = offsets
    }
    private lazy val trim = new TopicTrim(topic, Seq("first" -> checkpoint(readers.head), "second" -> checkpoint(readers.last)), log, this, Duration.ofMinutes(10), () => now)
    def look(): Map[Int, Long] = trim.look()
    def backlog: Option[TopicBacklog] = trim.backlog

    override def bytes(name: String): Map[Int, Long] = states.map { case (partition, its) =>
      partition -> (its.end - (if (frees) its.begin else kept.getOrElse(partition, its.begin))) * 100
    }
    override def offsetsSince(name: String, at: Instant): Map[Int, Long] = states.map { case (partition, its) =>
      partition -> math.min(its.end, math.max(its.begin, Duration.between(Begin, at).toSeconds))
    }
    override def removeBefore(name: String, offsets: Map[Int, Long]): Unit = {
      kept = states.map { case (partition, its) => partition -> its.begin }
      offsets.foreach { case (partition, offset) => log.expire(partition, offset) }
    }
  }

  test("a topic above its limit gives its oldest records, but none that a reader has not taken for good") {
    val topic = new Topic
    topic.append(349)
    topic.readers = Seq(topic.reader((349, 349), (349, 349)), topic.reader((349, 349), (349, 349)))
    assert(topic.look().isEmpty)
    topic.append(51)
    // 80,000 of 100,000 bytes: a quarter of it goes, of both partitions alike.
    topic.readers = Seq(topic.reader((400, 400), (390, 390)), topic.reader((400, 400), (380, 380)))
    assert(topic.look() == Map(0 -> 100L, 1 -> 100L))
    assert(topic.look().isEmpty)
    // One reader is behind in one partition: the other one gives what it can.
    topic.append(200)
    topic.now = topic.now.plusSeconds(601)
    topic.readers = Seq(topic.reader((600, 600), (600, 600)), topic.reader((110, 350), (100, 300)))
    assert(topic.look() == Map(1 -> 300L))
    assert(topic.noted == Map(0 -> 100L, 1 -> 300L))
    topic.readers = Seq(topic.reader((600, 600), (600, 600)), topic.reader((110, 350), (100, 300)))
    assert(topic.look().isEmpty)
  }

  test("a topic with more than half of its size says what the slowest of its readers has not taken") {
    val topic = new Topic
    topic.append(240)
    topic.readers = Seq(topic.reader((240, 240), (240, 240)), topic.reader((0, 0), (0, 0)))
    topic.look()
    assert(topic.backlog.isEmpty)
    topic.append(60)
    topic.readers = Seq(topic.reader((300, 300), (300, 300)), topic.reader((120, 110), (100, 100)))
    topic.look()
    assert(topic.backlog.contains(TopicBacklog("coinbase-trades", 60000, 100000, 40000, "second", 0)))
    topic.append(50)
    topic.now = topic.now.plusSeconds(10)
    topic.look()
    assert(topic.backlog.contains(TopicBacklog("coinbase-trades", 70000, 100000, 50000, "second", 1000)))
    topic.readers = Seq(topic.reader((300, 300), (300, 300)), None)
    topic.look()
    assert(topic.backlog.isEmpty)
  }

  test("nothing goes while a checkpoint is unknown, or of a topic that went back") {
    val topic = new Topic
    topic.append(500)
    topic.readers = Seq(topic.reader((500, 500), (500, 500)), None)
    assert(topic.look().isEmpty)
    topic.readers = Seq(topic.reader((500, 500), (500, 500)), topic.reader((500, 501), (500, 500)))
    assert(topic.look().isEmpty)
    topic.readers = Seq(topic.reader((500, 500), (500, 500)))
    assert(topic.look() == Map(0 -> 200L, 1 -> 200L))
  }

  test("what is older than the age goes once it is taken, however long that takes") {
    val topic = new Topic
    topic.append(300)
    topic.readers = Seq(topic.reader((300, 300), (300, 300)), topic.reader((200, 150), (200, 150)))
    assert(topic.look().isEmpty)
    topic.now = Begin.plus(Duration.ofDays(7)).plusSeconds(120)
    assert(topic.look() == Map(0 -> 120L, 1 -> 120L))
    topic.now = Begin.plus(Duration.ofDays(30))
    assert(topic.look() == Map(0 -> 200L, 1 -> 150L))
    topic.readers = Seq(topic.reader((300, 300), (300, 300)))
    topic.now = topic.now.plusSeconds(60)
    assert(topic.look() == Map(0 -> 300L, 1 -> 300L))
  }

  test("what was cut for its size is not cut again before the broker has freed the space") {
    val topic = new Topic
    topic.frees = false
    topic.append(400)
    topic.readers = Seq(topic.reader((400, 400), (400, 400)))
    assert(topic.look() == Map(0 -> 100L, 1 -> 100L))
    topic.append(10)
    topic.readers = Seq(topic.reader((410, 410), (410, 410)))
    assert(topic.look().isEmpty)
    topic.now = topic.now.plusSeconds(601)
    assert(topic.look().nonEmpty)
  }
}
