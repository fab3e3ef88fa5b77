package io.cryptodm.jobs

import io.cryptodm.contracts.Generations
import io.cryptodm.tables.write.TopicOffsets
import org.scalatest.funsuite.AnyFunSuite

import scala.jdk.CollectionConverters._

class TopicComparisonTest extends AnyFunSuite {
  private val topic = "coinbase-trades"

  private def read(offsets: Map[Int, Long], epochs: Map[Int, Int] = Map.empty, id: String = null, generation: Long = 1): TopicOffsets =
    new TopicOffsets(
      generation,
      offsets.map { case (partition, offset) => Integer.valueOf(partition) -> java.lang.Long.valueOf(offset) }.asJava,
      epochs.map { case (partition, epoch) => Integer.valueOf(partition) -> Integer.valueOf(epoch) }.asJava,
      id)

  private def compare(log: TopicView, generations: Generations, all: TopicOffsets*): Option[WentBack] =
    new TopicComparison(topic, generations, log).compare(all, log.look(topic).get)

  private def whole(log: TopicView, all: TopicOffsets*): Option[WentBack] = compare(log, Generations.whole(1), all: _*)

  test("a topic that holds what was read of it has not gone back, however often the broker has started and retention removed the first") {
    val log = new FakeLog
    log.append(0, 100)
    log.restart()
    log.append(0, 20)
    assert(whole(log, read(Map(0 -> 120), Map(0 -> 2), "first"), read(Map(0 -> 100), Map(0 -> 0), "first"), read(Map(0 -> 90))).isEmpty)
    log.restart()
    log.append(0, 50)
    log.expire(0, 140)
    assert(whole(log, read(Map(0 -> 120), Map(0 -> 2), "first")).isEmpty)
    assert(whole(log).isEmpty && whole(log, TopicOffsets.NONE).isEmpty)
  }

  test("a log that became shorter begins a generation where it was cut, also when it is longer again by now") {
    for (again <- Seq(0L, 30L, 300L)) {
      val log = new FakeLog
      log.append(0, 120)
      log.append(1, 70)
      log.restart(0 -> 60)
      log.append(0, again)
      val back = whole(log, read(Map(0 -> 120, 1 -> 50), Map(0 -> 0, 1 -> 0), "first")).get
      assert(back == WentBack(topic, 1, recreated = false, Map(0 -> 60L), Map(1 -> 70L), 60, s"$topic has lost its last records: partition 0 from 120 to 60"))
    }
  }

  test("without epochs, as a table of before has none, the generation begins where the broker found the log at its last start") {
    val log = new FakeLog
    log.append(0, 120)
    log.restart(0 -> 60)
    log.append(0, 30)
    assert(whole(log, read(Map(0 -> 120))).get.from == Map(0 -> 60L))
    // A broker without epochs tells only its end.
    assert(whole(log.old, read(Map(0 -> 120))).get.from(0) == 0)
    assert(whole(log.old, read(Map(0 -> 80))).isEmpty)
  }

  test("an older copy of the broker's folder: it knows nothing of what was read last") {
    val log = new FakeLog
    log.append(0, 50)
    val older = log.copy
    log.restart()
    log.restart()
    log.append(0, 70)
    older.restart()
    older.append(0, 200)
    assert(whole(older, read(Map(0 -> 120), Map(0 -> 4), "first")).get.from(0) == 50)
  }

  test("a topic that was created again begins a generation from its first record, also when it is longer than the old one") {
    for (again <- Seq(0L, 30L, 300L)) {
      val log = new FakeLog
      log.append(0, 120)
      log.recreate("second")
      log.append(0, again)
      val back = whole(log, read(Map(0 -> 120), Map(0 -> 0), "first")).get
      assert(back == WentBack(topic, 1, recreated = true, Map.empty, Map.empty, 120, s"$topic was deleted and created again: its id was first and is second"))
    }
    // An old table does not know the id: the first leader's log is shorter than what was read, so it is another one.
    val log = new FakeLog
    log.append(0, 30)
    assert(whole(log, read(Map(0 -> 120))).get.from(0) == 0)
  }

  test("once the generation has begun, what was read before it counts as far as it stands") {
    val log = new FakeLog
    log.append(0, 120)
    log.restart(0 -> 60)
    log.append(0, 30)
    val lost = new Generations(java.util.List.of(
      new Generations.Begin(1, java.util.Map.of()),
      new Generations.Begin(2, java.util.Map.of(Integer.valueOf(0), java.lang.Long.valueOf(60L)))))
    assert(compare(log, lost, read(Map(0 -> 120), Map(0 -> 0), "first"), read(Map(0 -> 90), Map(0 -> 2), "first", 2)).isEmpty)
    // It goes back once more, into the earlier generation.
    log.restart(0 -> 40)
    assert(compare(log, lost, read(Map(0 -> 120), Map(0 -> 0), "first"), read(Map(0 -> 90), Map(0 -> 2), "first", 2)).get.from(0) == 40)
    // Of a topic that was created again, the id of before means nothing.
    log.recreate("second")
    assert(compare(log, Generations.whole(3), read(Map(0 -> 120), Map(0 -> 0), "first"), read(Map(0 -> 90), Map(0 -> 2), "first", 2)).isEmpty)
  }

  test("of several readers, the one that loses first decides") {
    val log = new FakeLog
    log.append(0, 100)
    log.restart(0 -> 60)
    log.append(0, 90)
    log.restart(0 -> 80)
    val back = whole(log, read(Map(0 -> 150), Map(0 -> 2)), read(Map(0 -> 100), Map(0 -> 0))).get
    assert(back.from(0) == 60 && back.lost == 90)
  }
}
