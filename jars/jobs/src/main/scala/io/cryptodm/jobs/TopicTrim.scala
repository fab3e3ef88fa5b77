package io.cryptodm.jobs

import java.time.{Duration, Instant}

import io.cryptodm.contracts.Spec
import org.slf4j.LoggerFactory

import scala.jdk.CollectionConverters._

/** What a broker keeps of a topic, and a way to have it keep less. */
trait TopicStore {

  /** Bytes of each partition, whole segments; of several replicas the largest. */
  def bytes(topic: String): Map[Int, Long]

  /** The first offset of each partition that is no older; the end of one whose records are all older. */
  def offsetsSince(topic: String, at: Instant): Map[Int, Long]

  /** Removes what lies before these offsets. The broker frees the space when it looks next, segment by segment. */
  def removeBefore(topic: String, offsets: Map[Int, Long]): Unit
}

/**
 * What a topic holds that not all of its jobs have taken.
 *
 * @param bytes of the whole topic
 * @param most bytes that it may have
 * @param waiting bytes that the slowest job has not taken; records of a partition count as equally large
 * @param slowest id of that job
 * @param growth of `waiting` in the last minute, bytes a second; negative when jobs catch up, 0 at first sight
 */
final case class TopicBacklog(topic: String, bytes: Long, most: Long, waiting: Long, slowest: String, growth: Double)

/** A job that reads a topic, by its checkpoint. */
trait TopicReader {

  /** What it has taken. @return None where that can't be read */
  def taken: Option[CheckpointOffsets]

  /** Keeps with the checkpoint up to where the topic is removed. */
  def noteRemoved(offsets: Map[Int, Long]): Unit
}

/**
 * Keeps a topic within its bound: removes the oldest records, but only those that each of its readers has taken. Where a reader is behind, the
 * topic grows until its producers pause.
 *
 * @param readers the jobs that read the topic, by their ids; the first is the one that asks
 * @param shownWithin time after which a cut shows in the size at the latest
 */
final class TopicTrim(
    topic: Spec.Topic,
    readers: Seq[(String, TopicReader)],
    view: TopicView,
    store: TopicStore,
    shownWithin: Duration,
    now: () => Instant = () => Instant.now()) {
  import TopicTrim._

  private val comparison = new TopicComparison(topic.name, topic.generations, view)
  private val bound = topic.bound
  private var agedAt = Instant.MIN
  /** when a cut was made for its size, and that size */
  private var cut: Option[(Instant, Long)] = None
  @volatile private var waits: Option[TopicBacklog] = None
  /** bytes that waited when it looked, of the last minute */
  private var samples = Vector.empty[(Instant, Long)]

  /** The job that keeps this topic within its bound. */
  def keeper: String = readers.head._1

  /** As of the last look; None while the topic has less than half of its size. */
  def backlog: Option[TopicBacklog] = waits

  /** Looks once. @return first offsets that are kept from now on, where that has changed */
  def look(): Map[Int, Long] = view.look(topic.name).fold(Map.empty[Int, Long]) { state =>
    val sizes = store.bytes(topic.name).filter { case (partition, _) => state.partitions.contains(partition) }
    val excess = excessOf(sizes.values.sum)
    // Checkpoints are read once, and only when something asks for them: in a store each is a request.
    lazy val said = readers.map { case (job, reader) => job -> reader.taken }
    waits = if (sizes.values.sum < bound.bytes * NamedFrom) None else backlogOf(state, sizes, said)
    val isAgeDue = !now().isBefore(agedAt.plusMillis(AgeEvery))
    if (excess == 0 && !isAgeDue) Map.empty
    else {
      val taken = takenOf(state, said.map(_._2))
      val byAge = if (isAgeDue) aged(taken) else Map.empty[Int, Long]
      val bySize = if (excess > 0) sized(excess, sizes, state, taken) else Map.empty[Int, Long]
      val wanted = (byAge.keySet ++ bySize.keySet)
        .map(partition => partition -> math.max(byAge.getOrElse(partition, 0L), bySize.getOrElse(partition, 0L)))
        .filter { case (partition, offset) => offset > state.partitions(partition).begin }
        .toMap
      if (wanted.nonEmpty) {
        readers.foreach(_._2.noteRemoved(state.partitions.map { case (partition, its) => partition -> wanted.getOrElse(partition, its.begin) }))
        store.removeBefore(topic.name, wanted)
        val records = wanted.map { case (partition, offset) => offset - state.partitions(partition).begin }.sum
        Log.info(s"Removed the oldest $records records of ${topic.name}, ${sizes.values.sum >> 20} MiB: all jobs have taken them")
        if (bySize.exists { case (partition, offset) => wanted.get(partition).contains(offset) }) cut = Some(now() -> sizes.values.sum)
      }
      wanted
    }
  }

  /** Bytes to remove. The size shows a cut only once the broker has removed segments. */
  private def excessOf(bytes: Long): Long = {
    val isShown = cut.forall { case (at, before) => bytes < before || now().isAfter(at.plus(shownWithin)) }
    if (bytes < bound.bytes * CutFrom || !isShown) 0 else bytes - (bound.bytes * CutTo).toLong
  }

  /**
   * Up to where every reader has taken each partition; its table or index holds that for good, whatever becomes of the checkpoint. Nothing counts of
   * a topic that went back: the offsets of its readers then name other records.
   */
  private def takenOf(state: TopicState, said: Seq[Option[CheckpointOffsets]]): Map[Int, Long] =
    if (said.isEmpty || said.exists(_.isEmpty) || comparison.compare(said.flatten.map(_.planned), state).isDefined) Map.empty
    else
      state.partitions.map { case (partition, its) =>
        val least = said.flatten.map(takenIn(_, partition)).min
        partition -> math.min(least, its.end)
      }

  /** Nothing is known while a checkpoint can't be read. */
  private def backlogOf(state: TopicState, sizes: Map[Int, Long], said: Seq[(String, Option[CheckpointOffsets])]): Option[TopicBacklog] = {
    val waiting = said.flatMap { case (job, taken) =>
      taken.map { its =>
        val bytes = sizes.map { case (partition, size) =>
          val span = state.partitions(partition)
          val next = takenIn(its, partition)
          if (span.end <= span.begin) 0.0 else size.toDouble * (span.end - math.max(span.begin, math.min(next, span.end))) / (span.end - span.begin)
        }
        job -> bytes.sum.toLong
      }
    }
    if (waiting.size < readers.size) None
    else waiting.sortBy(-_._2).headOption.map { case (job, bytes) => TopicBacklog(topic.name, sizes.values.sum, bound.bytes, bytes, job, growthOf(bytes)) }
  }

  /** Up to where a reader has taken a partition, as its topic counts now. */
  private def takenIn(said: CheckpointOffsets, partition: Int): Long =
    said.committed.get(partition).fold(0L)(topic.generations.standing(said.planned.generation, partition, _))

  private def growthOf(waiting: Long): Double = {
    val at = now()
    samples = samples.filter { case (since, _) => !since.isBefore(at.minusMillis(GrowthWindow)) } :+ (at -> waiting)
    val (first, before) = samples.head
    if (first == at) 0.0 else (waiting - before) * 1000.0 / Duration.between(first, at).toMillis
  }

  private def aged(taken: Map[Int, Long]): Map[Int, Long] = {
    agedAt = now()
    if (taken.values.forall(_ == 0)) Map.empty
    else store.offsetsSince(topic.name, now().minus(bound.age)).flatMap { case (partition, offset) => taken.get(partition).map(its => partition -> math.min(offset, its)) }
  }

  /** Each partition gives in proportion to what can be removed of it; its records count as equally large. */
  private def sized(excess: Long, sizes: Map[Int, Long], state: TopicState, taken: Map[Int, Long]): Map[Int, Long] = {
    val removable = sizes.collect {
      case (partition, bytes) if taken.getOrElse(partition, 0L) > state.partitions(partition).begin =>
        val its = state.partitions(partition)
        partition -> bytes.toDouble * (taken(partition) - its.begin) / (its.end - its.begin)
    }
    val share = math.min(1.0, excess / math.max(1.0, removable.values.sum))
    removable.map { case (partition, _) =>
      val begin = state.partitions(partition).begin
      partition -> (begin + ((taken(partition) - begin) * share).toLong)
    }
  }
}

object TopicTrim {
  private val Log = LoggerFactory.getLogger(classOf[TopicTrim])

  /** Parts of the bound, well below the one at which producers pause. */
  private val CutFrom = 0.7
  private val CutTo = 0.6
  private val AgeEvery = 60000L

  /** Part of the bound from which a backlog is named. */
  private val NamedFrom = 0.5
  private val GrowthWindow = 60000L

  /** Our own broker looks every 5 s for segments to remove, others every five minutes. */
  private val OwnShownWithin = Duration.ofSeconds(15)
  private val ShownWithin = Duration.ofMinutes(10)

  /**
   * Of the topics that these jobs read, those that their process keeps within bounds. On a cluster each job is a process, so one is appointed for
   * each topic: the first of the spec.
   *
   * @param checkpointOf by location and generation
   */
  def of(spec: Spec, jobs: Seq[Spec.Job], checkpointOf: (String, Long) => Checkpoint, view: TopicView, store: TopicStore): Seq[TopicTrim] =
    jobs.map(_.topic).distinct.flatMap { id =>
      val topic = spec.topic(id)
      val readers = spec.jobs.asScala.toSeq.filter(_.topic == id)
      if (topic.bound == null || !jobs.exists(_.id == readers.head.id)) None
      else {
        val checkpoints = readers.map(job => job.id -> checkpointOf(job.checkpoint, topic.generations.present))
        val shownWithin = if (spec.kafka.clusterId == null) ShownWithin else OwnShownWithin
        Some(new TopicTrim(topic, checkpoints, view, store, shownWithin))
      }
    }
}
