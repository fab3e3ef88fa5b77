package io.cryptodm.jobs

import io.cryptodm.contracts.Spec
import io.cryptodm.contracts.Spec.Job.Kind

import scala.jdk.CollectionConverters._
import scala.util.control.NonFatal

/** Up to where the topic of quotes goes, and up to where jobs have brought it. */
trait RebuildEnds {

  /**
   * The generation of the topic and the next offset of each partition that holds records; waits for the broker.
   *
   * @param waits called with what is waited for
   */
  def now(waits: String => Unit): (Long, Map[Int, Long])

  /** Waits until the table holds the topic up to these offsets. */
  def awaitTable(generation: Long, ends: Map[Int, Long], waits: String => Unit): Unit
}

/** By the broker and by the progress that jobs write. */
final class JobEnds(spec: Spec, broker: TopicView, pauseMillis: Long = 500) extends RebuildEnds {
  private val index = jobOf(Kind.QUOTES_TO_INDEX)
  private val topic = spec.topic(index.topic)

  private def jobOf(kind: Kind): Spec.Job =
    spec.jobs.asScala.find(_.kind == kind).getOrElse(throw new IllegalArgumentException(s"The spec has no job ${kind.wire}"))

  override def now(waits: String => Unit): (Long, Map[Int, Long]) = {
    var found = Option.empty[Map[Int, Long]]
    while (found.isEmpty) {
      try found = Some(broker.look(topic.name).fold(Map.empty[Int, Long])(_.partitions.collect { case (partition, its) if its.end > its.begin => partition -> its.end }))
      catch {
        case NonFatal(e) =>
          waits(s"Kafka does not answer: ${JobRunner.reason(e)}")
          Thread.sleep(pauseMillis)
      }
    }
    (topic.generations.present, found.get)
  }

  override def awaitTable(generation: Long, ends: Map[Int, Long], waits: String => Unit): Unit = await(Kind.QUOTES_TO_TABLE, generation, ends, waits, Long.MaxValue)

  /**
   * Waits until a job has written everything before these offsets.
   *
   * @param withinMillis None of it is certain after that time
   * @return whether it has
   */
  def await(kind: Kind, generation: Long, ends: Map[Int, Long], waits: String => Unit, withinMillis: Long): Boolean = {
    val job = jobOf(kind)
    val begun = System.nanoTime()
    def isOver = withinMillis != Long.MaxValue && System.nanoTime() - begun > withinMillis * 1000000
    var left = missing(job, generation, ends)
    while (left > 0 && !isOver) {
      waits(s"${job.id} is $left records behind")
      Thread.sleep(pauseMillis)
      left = missing(job, generation, ends)
    }
    left == 0
  }

  /** Records before these offsets that a job has not written yet. */
  private def missing(job: Spec.Job, generation: Long, ends: Map[Int, Long]): Long =
    if (ends.isEmpty || job.progressFile == null) 0
    else
      ProgressFile.at(job.progressFile).read().map(text => SearchConnection.Json.readTree(text)) match {
        case Some(said) if said.path("generation").asLong > generation => 0
        case Some(said) if said.path("generation").asLong == generation =>
          ends.map { case (partition, end) => math.max(0L, end - said.path("offsets").path(partition.toString).asLong(0)) }.sum
        case _ => math.max(1L, ends.values.sum)
      }
}
