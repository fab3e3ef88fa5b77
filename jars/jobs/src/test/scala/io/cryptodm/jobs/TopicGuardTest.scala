package io.cryptodm.jobs

import io.cryptodm.contracts.{Generations, Spec}
import io.cryptodm.tables.write.TopicOffsets
import org.scalatest.funsuite.AnyFunSuite

import scala.jdk.CollectionConverters._

class TopicGuardTest extends AnyFunSuite {
  private def topic(generations: Generations = Generations.whole(1)) = new Spec.Topic("coinbase-trades", 2, 1, generations, java.util.Map.of(), null)

  private def offsets(all: (Int, Long)*): java.util.Map[Integer, java.lang.Long] =
    all.map { case (partition, offset) => Integer.valueOf(partition) -> java.lang.Long.valueOf(offset) }.toMap.asJava

  private def epochs(all: (Int, Int)*): java.util.Map[Integer, Integer] =
    all.map { case (partition, epoch) => Integer.valueOf(partition) -> Integer.valueOf(epoch) }.toMap.asJava

  /** A job with what it remembers. */
  private final class Job(log: FakeLog, generations: Generations = Generations.whole(1)) {
    var notes = Vector.empty[TopicOffsets]
    var guard: TopicGuard = _

    def start(held: Seq[TopicOffsets] = Nil, checkpoint: Option[CheckpointOffsets] = None, removed: TopicOffsets = TopicOffsets.NONE): Option[WentBack] = {
      guard = new TopicGuard(topic(generations), log, note => notes :+= note)
      guard.begin(held, checkpoint, removed)
    }

    def checkpoint(planned: Long, committed: Long): Option[CheckpointOffsets] = {
      val known = notes.lastOption.getOrElse(TopicOffsets.NONE)
      Some(CheckpointOffsets(new TopicOffsets(generations.present, offsets(0 -> planned), known.epochs, known.topicId), Map(0 -> committed)))
    }
  }

  /** A log of one partition, and a job that has read all of it. */
  private def afterReading(records: Long): (FakeLog, Job) = {
    val log = new FakeLog
    log.append(0, records)
    val job = new Job(log)
    job.start()
    job.guard.admit(Vector(log.count(0, 0, records - 1)))
    (log, job)
  }

  test("batches pass, with the epochs and the id of what they have read; the broker is asked once for each of its starts") {
    val log = new FakeLog
    log.append(0, 100)
    val job = new Job(log)
    assert(job.start().isEmpty)
    assert(job.guard.admit(Vector(log.count(0, 0, 49))) == new TopicOffsets(1, offsets(0 -> 50), epochs(0 -> 0), "first"))
    job.guard.admit(Vector(log.count(0, 50, 99)))
    log.restart()
    log.append(0, 20)
    assert(log.questions == 0)
    assert(job.guard.admit(Vector(log.count(0, 100, 109))) == new TopicOffsets(1, offsets(0 -> 110), epochs(0 -> 2), "first"))
    job.guard.admit(Vector(log.count(0, 110, 119)))
    assert(log.questions == 1)
    assert(job.notes.map(_.epochs) == Vector(epochs(), epochs(0 -> 0), epochs(0 -> 2)))
    assert(job.guard.lost == 0 && job.guard.look().isEmpty)
  }

  test("a batch from a log that was cut meanwhile is refused, also when the log is longer again than what was read") {
    for (again <- Seq(10L, 200L)) {
      val (log, job) = afterReading(120)
      log.restart(0 -> 60)
      log.append(0, again)
      val next = if (again == 10) log.count(0, 69, 69) else log.count(0, 120, 199)
      val refused = intercept[WentBackException](job.guard.admit(Vector(next)))
      assert(refused.back.from == Map(0 -> 60L) && refused.back.lost == 60)
      assert(job.guard.wentBack.contains(refused.back))
      // Nothing passes any more.
      intercept[WentBackException](job.guard.admit(Vector(next)))
    }
  }

  test("what Spark has skipped counts as read: a batch that was planned beyond the cut") {
    val (log, job) = afterReading(100)
    log.append(0, 20)
    // Planned to 120, but the broker comes back with 110.
    log.restart(0 -> 110)
    job.guard.admit(Vector(log.count(0, 100, 109)))
    log.append(0, 30)
    val refused = intercept[WentBackException](job.guard.admit(Vector(log.count(0, 120, 139))))
    assert(refused.back.from(0) == 110 && refused.back.lost == 10)
    // The same after a restart of the process, by what the checkpoint has planned.
    val again = new Job(log)
    again.notes = job.notes
    assert(again.start(checkpoint = again.checkpoint(planned = 120, committed = 110)).exists(_.from(0) == 110))
  }

  test("without new records a look finds it") {
    val (log, job) = afterReading(120)
    assert(job.guard.look().isEmpty)
    log.restart()
    assert(job.guard.look().isEmpty)
    val asked = log.questions
    assert(job.guard.look().isEmpty && log.questions == asked)
    log.restart(0 -> 119)
    assert(job.guard.look().exists(_.lost == 1))
    assert(job.guard.look().isEmpty)
  }

  test("a topic created again is found by its id, one that is gone after three looks") {
    val (log, job) = afterReading(10)
    log.remove()
    assert(job.guard.look().isEmpty && job.guard.look().isEmpty)
    val gone = job.guard.look().get
    assert(gone.recreated && gone.lost == 10 && gone.reason == "there is no topic coinbase-trades")
    val other = new Job(log)
    log.recreate("second")
    other.start()
    assert(other.notes.last.topicId == "second")
    log.recreate("third")
    log.append(0, 500)
    assert(other.guard.look().exists(_.reason.endsWith("its id was second and is third")))
  }

  test("at the start, tables, checkpoint and note are compared") {
    val (log, job) = afterReading(120)
    log.restart(0 -> 60)
    log.append(0, 100)
    val held = new TopicOffsets(1, offsets(0 -> 120), epochs(0 -> 0), "first")
    assert(job.start(held = Seq(held)).exists(_.from(0) == 60))
    assert(job.start(checkpoint = job.checkpoint(120, 120)).exists(_.from(0) == 60))
    assert(job.start(held = Seq(new TopicOffsets(1, offsets(0 -> 60), epochs(0 -> 0), "first"))).isEmpty)
  }

  test("in the new generation a job goes on where the earlier one had written, at most where it begins") {
    val lost = new Generations(java.util.List.of(new Generations.Begin(1, offsets()), new Generations.Begin(2, offsets(0 -> 60, 1 -> 70))))
    val log = new FakeLog
    log.append(0, 120)
    log.append(1, 70)
    log.restart(0 -> 60)
    log.append(0, 30)
    val job = new Job(log, lost)
    val before = CheckpointOffsets(new TopicOffsets(1, offsets(0 -> 120, 1 -> 50), epochs(0 -> 0, 1 -> 0), "first"), Map(0 -> 110L, 1 -> 40L))
    assert(job.start(checkpoint = Some(before)).isEmpty)
    assert(job.guard.start(before) == Map(0 -> 60L, 1 -> 40L))
    val ends = job.guard.admit(Vector(log.count(0, 60, 89), log.count(1, 40, 69)))
    assert(ends == new TopicOffsets(2, offsets(0 -> 90, 1 -> 70), epochs(0 -> 2, 1 -> 0), "first"))
    assert(job.guard.lost == 0)
  }

  test("records that retention removes before they are read are counted, also those of the time before the start") {
    val log = new FakeLog
    log.append(0, 100)
    val job = new Job(log)
    job.start()
    job.guard.admit(Vector(log.count(0, 0, 9).copy(newestMicros = 1000)))
    assert(job.guard.lostBetween.isEmpty)
    log.expire(0, 30)
    job.guard.admit(Vector(log.count(0, 30, 39).copy(newestMicros = 5000)))
    assert(job.guard.lost == 20 && job.guard.lostBetween.contains(Loss(Some(1000), 5000)))
    // Within a batch.
    job.guard.admit(Vector(log.count(0, 40, 59).copy(records = 15)))
    assert(job.guard.lost == 25)
    log.restart()
    log.expire(0, 90)
    job.start(checkpoint = job.checkpoint(60, 60))
    job.guard.admit(Vector(log.count(0, 90, 99).copy(newestMicros = 9000)))
    assert(job.guard.lost == 30 && job.guard.lostBetween.contains(Loss(None, 9000)))
  }

  test("a job without a checkpoint counts what was removed beyond what its tables hold") {
    val log = new FakeLog
    log.append(0, 100)
    log.expire(0, 90)
    val job = new Job(log)
    job.start(held = Seq(new TopicOffsets(1, offsets(0 -> 40)), new TopicOffsets(1, offsets(0 -> 60))))
    job.guard.admit(Vector(log.count(0, 90, 99)))
    assert(job.guard.lost == 30)
  }

  test("what was removed because it had been taken is not lost, also after a checkpoint went back") {
    val log = new FakeLog
    log.append(0, 100)
    log.expire(0, 90)
    val job = new Job(log)
    job.start(checkpoint = job.checkpoint(60, 60), removed = new TopicOffsets(1, offsets(0 -> 80)))
    job.guard.admit(Vector(log.count(0, 90, 99)))
    assert(job.guard.lost == 10)
  }

  test("a batch that is read again passes") {
    val log = new FakeLog
    log.append(0, 50)
    log.restart()
    log.append(0, 50)
    val job = new Job(log)
    job.start()
    job.guard.admit(Vector(log.count(0, 0, 99)))
    job.guard.admit(Vector(log.count(0, 40, 49)))
    job.guard.admit(Vector(log.count(0, 50, 99)))
    assert(job.guard.lost == 0)
  }
}
