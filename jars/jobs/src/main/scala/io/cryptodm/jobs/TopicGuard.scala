package io.cryptodm.jobs

import io.cryptodm.contracts.Spec
import io.cryptodm.tables.write.TopicOffsets
import org.slf4j.LoggerFactory

import scala.jdk.CollectionConverters._

/** Looks at what a batch has read before any of it is written. */
trait Admission {

  /**
   * @return up to where the topic is read with this batch
   * @throws WentBackException when the topic does not hold what was read before
   */
  def admit(counts: Vector[PartitionCount]): TopicOffsets
}

object Admission {

  /** Of batches that come from no broker. */
  def open(topic: Spec.Topic): Admission = counts => ends(topic, None, counts)

  def ends(topic: Spec.Topic, id: Option[String], counts: Vector[PartitionCount]): TopicOffsets = {
    val offsets = counts.map(count => Integer.valueOf(count.partition) -> java.lang.Long.valueOf(count.last + 1)).toMap
    val epochs = counts.filter(_.epoch != TopicRecord.NoEpoch).map(count => Integer.valueOf(count.partition) -> Integer.valueOf(count.epoch)).toMap
    new TopicOffsets(topic.generations.present, offsets.asJava, epochs.asJava, id.orNull)
  }
}

/**
 * When records were produced that were removed before they were read, at most.
 *
 * @param fromMicros of the last record before them, microseconds since 1970; None when that was read by an earlier process
 */
final case class Loss(fromMicros: Option[Long], toMicros: Long) {
  def merge(other: Loss): Loss = Loss(for (one <- fromMicros; its <- other.fromMicros) yield math.min(one, its), math.max(toMicros, other.toMicros))
}

final class WentBackException(val back: WentBack) extends IllegalStateException(back.reason)

/**
 * Sees to it that a job never goes on in a topic that no longer holds what the job has read: with offsets that come again for other
 * records, new ones would count as known. The broker is asked at each start, for a batch from another leader than the last one, and when
 * the topic looks different from outside.
 *
 * @param remember keeps of which topic, and under which leaders, the job reads
 */
final class TopicGuard(topic: Spec.Topic, view: TopicView, remember: TopicOffsets => Unit) extends Admission {
  import TopicGuard._

  private val generations = topic.generations
  private val comparison = new TopicComparison(topic.name, generations, view)
  private var begun = false
  private var id: Option[String] = None
  /** up to where each partition counts as read, and the epoch of the last record */
  private var read = Map.empty[Int, Read]
  /** what lay before its start was taken by earlier ones */
  private var started = Map.empty[Int, Long]
  /** offset that comes next, where that is known */
  private var next = Map.empty[Int, Long]
  /** epochs of the leaders under which everything was still there */
  private var verified = Map.empty[Int, Int]
  private var looksWithoutTopic = 0
  private var lostRecords = 0L
  private var lostSpan: Option[Loss] = None
  /** time of the newest record that was read */
  private var newest = Map.empty[Int, Long]
  @volatile private var found: Option[WentBack] = None

  /** What was found; it stays, because only a new generation ends it. */
  def wentBack: Option[WentBack] = found

  /** Records that the broker removed before they were read, since the start. */
  def lost: Long = synchronized(lostRecords)

  /** When those were produced. */
  def lostBetween: Option[Loss] = synchronized(lostSpan)

  /**
   * Compares before the job reads.
   *
   * @param held by the tables of the job
   * @param checkpoint what its checkpoint says, or the one that it continues
   * @param removed up to where the topic was removed because all its jobs had taken it
   * @return None when it may read
   */
  def begin(held: Seq[TopicOffsets], checkpoint: Option[CheckpointOffsets], removed: TopicOffsets = TopicOffsets.NONE): Option[WentBack] = synchronized {
    val state = this.state()
    found = comparison.compare(held ++ checkpoint.map(_.planned), state)
    if (found.isEmpty) {
      id = state.id
      verified = epochsOf(state)
      read = checkpoint.fold(Map.empty[Int, Read])(_.planned.standing(generations).asScala.map { case (partition, end) =>
        partition.intValue -> Read(end, verified.get(partition))
      }.toMap)
      // Without a checkpoint it reads from the beginning of the topic, which must not lie beyond what its tables hold.
      val gone = furthest(Seq(removed))
      next = checkpoint.fold(furthest(held))(start).map { case (partition, offset) => partition -> math.max(offset, gone.getOrElse(partition, 0L)) }
      started = next
      begun = true
      keep()
    }
    found
  }

  private def furthest(held: Seq[TopicOffsets]): Map[Int, Long] =
    held.flatMap(_.standing(generations).asScala).groupBy(_._1.intValue).map { case (partition, ends) => partition -> ends.map(_._2.longValue).max }

  /** Where a job goes on that continues a checkpoint: no later than where the present generation begins. */
  def start(checkpoint: CheckpointOffsets): Map[Int, Long] =
    checkpoint.committed.map { case (partition, end) => partition -> generations.standing(checkpoint.planned.generation, partition, end) }

  override def admit(counts: Vector[PartitionCount]): TopicOffsets = synchronized {
    found.foreach(back => throw new WentBackException(back))
    if (counts.exists(isDoubtful)) {
      // What lies before its first record counts as read, or Spark would have read it.
      val skipped = counts.filter(gapBefore(_) > 0).map { count =>
        count.partition -> Read(math.max(count.first, endOf(count.partition)), read.get(count.partition).flatMap(_.epoch))
      }
      check(read ++ skipped, state()).foreach(back => throw new WentBackException(back))
    }
    counts.foreach { count =>
      val lost = math.max(0, gapBefore(count)) + count.last + 1 - count.first - count.records
      if (lost > 0) {
        val span = Loss(newest.get(count.partition), count.newestMicros)
        lostSpan = Some(lostSpan.fold(span)(_ merge span))
      }
      lostRecords += lost
      newest = newest.updated(count.partition, math.max(count.newestMicros, newest.getOrElse(count.partition, 0L)))
    }
    val before = epochs
    counts.foreach { count =>
      if (count.last + 1 >= endOf(count.partition)) {
        read = read.updated(count.partition, Read(count.last + 1, Some(count.epoch).filter(_ != TopicRecord.NoEpoch)))
      }
      next = next.updated(count.partition, count.last + 1)
    }
    // Before the batch is written: after a crash what was read must not be taken for older than it is.
    if (epochs != before) keep()
    Admission.ends(topic, id, counts)
  }

  /** Compares while the job runs. @return what was found, once */
  def look(): Option[WentBack] = {
    // Before the topic is looked at: what is read afterwards may lie beyond the end that it tells.
    val claimed = synchronized(if (begun && found.isEmpty) Some(read) else None)
    claimed.flatMap { its =>
      val state = view.look(topic.name)
      synchronized {
        looksWithoutTopic = if (state.isEmpty) looksWithoutTopic + 1 else 0
        state match {
          case None if looksWithoutTopic >= LooksWithoutTopic => foundNow(comparison.gone(Seq(offsetsOf(its))))
          case Some(now) if differs(its, now) => check(its, now)
          case _ => None
        }
      }
    }
  }

  private def state(): TopicState = view.look(topic.name).getOrElse(throw new IllegalStateException(s"there is no topic ${topic.name}"))

  private def differs(claimed: Map[Int, Read], now: TopicState): Boolean =
    id.exists(known => now.id.exists(_ != known)) || claimed.exists { case (partition, its) =>
      now.partitions.get(partition).forall(state => state.end < its.end || state.epoch.exists(!verified.get(partition).contains(_)))
    }

  private def check(claimed: Map[Int, Read], now: TopicState): Option[WentBack] =
    comparison.compare(Seq(offsetsOf(claimed)), now) match {
      case Some(back) => foundNow(back)
      case None =>
        id = id.orElse(now.id)
        verified = epochsOf(now)
        None
    }

  private def foundNow(back: WentBack): Option[WentBack] = {
    found = Some(back)
    found
  }

  private def isDoubtful(count: PartitionCount): Boolean =
    gapBefore(count) > 0 || read.get(count.partition).exists { its =>
      val isReplay = count.last < its.end
      count.epoch != TopicRecord.NoEpoch && its.epoch.exists(last => count.epoch > last || count.epoch < last && !isReplay)
    }

  private def gapBefore(count: PartitionCount): Long = next.get(count.partition).fold(0L)(count.first - _)

  private def endOf(partition: Int): Long = read.get(partition).fold(0L)(_.end)

  private def offsetsOf(claimed: Map[Int, Read]): TopicOffsets =
    new TopicOffsets(generations.present, boxed(claimed.map { case (partition, its) => partition -> its.end }), boxedEpochs(claimed), id.orNull)

  private def epochs: Map[Int, Int] = read.flatMap { case (partition, its) => its.epoch.map(partition -> _) }

  private def keep(): Unit = remember(new TopicOffsets(generations.present, boxed(started), boxedEpochs(read), id.orNull))
}

object TopicGuard {

  /** So many looks in a row must find no topic: a broker that starts may not know it yet. */
  private val LooksWithoutTopic = 3

  private final case class Read(end: Long, epoch: Option[Int])

  private def epochsOf(state: TopicState): Map[Int, Int] = state.partitions.flatMap { case (partition, its) => its.epoch.map(partition -> _) }

  private def boxed(offsets: Map[Int, Long]): java.util.Map[Integer, java.lang.Long] =
    offsets.map { case (partition, offset) => Integer.valueOf(partition) -> java.lang.Long.valueOf(offset) }.asJava

  private def boxedEpochs(read: Map[Int, Read]): java.util.Map[Integer, Integer] =
    read.collect { case (partition, Read(_, Some(epoch))) => Integer.valueOf(partition) -> Integer.valueOf(epoch) }.asJava
}
