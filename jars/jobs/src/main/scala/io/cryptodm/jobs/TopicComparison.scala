package io.cryptodm.jobs

import io.cryptodm.contracts.Generations
import io.cryptodm.tables.write.TopicOffsets

import scala.jdk.CollectionConverters._

/**
 * A topic no longer holds what was read of it, so a new generation has to begin.
 *
 * @param generation the present one when that was found
 * @param recreated true for a topic that was deleted or created again; else it has lost its last records
 * @param from where the log parts from what was read, by partition; empty for one that was created again
 * @param ends of the other partitions, and nobody has read beyond them
 * @param lost records that were read and are no longer there
 */
final case class WentBack(topic: String, generation: Long, recreated: Boolean, from: Map[Int, Long], ends: Map[Int, Long], lost: Long, reason: String)

/** Compares what was read of a topic with the topic. */
final class TopicComparison(topic: String, generations: Generations, view: TopicView) {
  import TopicComparison._

  /**
   * @param read by several readers, or by one at several times
   * @return None when the topic holds all of it
   */
  def compare(read: Seq[TopicOffsets], state: TopicState): Option[WentBack] = otherTopic(read, state).orElse(shortened(read, state))

  /** Nobody can read on in a topic that is gone. */
  def gone(read: Seq[TopicOffsets]): WentBack = recreated(read, s"there is no topic $topic")

  private def otherTopic(read: Seq[TopicOffsets], state: TopicState): Option[WentBack] =
    for {
      id <- state.id
      // What was read of a topic before this one has a generation that does not reach it.
      other <- read.filter(its => generations.reach(its.generation)).flatMap(its => Option(its.topicId)).find(_ != id)
    } yield recreated(read, s"$topic was deleted and created again: its id was $other and is $id")

  private def recreated(read: Seq[TopicOffsets], reason: String): WentBack =
    WentBack(topic, generations.present, recreated = true, Map.empty, Map.empty, readings(read).groupBy(_.partition).values.map(_.map(_.end).max).sum, reason)

  private def shortened(read: Seq[TopicOffsets], state: TopicState): Option[WentBack] = {
    val byPartition = readings(read).groupBy(_.partition)
    val cuts = byPartition.flatMap { case (partition, its) =>
      val now = state.partitions.getOrElse(partition, PartitionState(0, 0, None))
      its.flatMap(cutOf(_, now)).reduceOption(math.min(_: Long, _: Long)).map(partition -> _)
    }
    if (cuts.isEmpty) None
    else {
      def end(partition: Int): Long = byPartition.get(partition).fold(0L)(_.map(_.end).max)
      val others = (state.partitions -- cuts.keys).map { case (partition, now) => partition -> math.max(now.end, end(partition)) }
      val where = cuts.toSeq.sorted.map { case (partition, cut) => s"partition $partition from ${end(partition)} to $cut" }.mkString(", ")
      val lost = cuts.map { case (partition, cut) => end(partition) - cut }.sum
      Some(WentBack(topic, generations.present, recreated = false, cuts, others, lost, s"$topic has lost its last records: $where"))
    }
  }

  /** Where the log parted from what was read; None when it holds all of it. */
  private def cutOf(reading: Reading, now: PartitionState): Option[Long] = {
    import reading._
    (epoch, now.epoch) match {
      case (Some(was), Some(leads)) if was == leads && end <= now.end => None
      case (Some(was), Some(leads)) if was <= leads => view.endOfEpoch(topic, partition, was).orElse(Some(logEnd(partition, now))).filter(_ < end)
      // The broker knows nothing of what was read, as when an older copy of its folder was put in place.
      case (Some(_), Some(_)) => Some(math.min(lastStart(partition, now), end))
      case _ if end <= now.end => None
      case _ => Some(logEnd(partition, now)).filter(_ < end).map(math.min(_, lastStart(partition, now)))
    }
  }

  /** A leader that has just begun may not yet tell the whole log as its end. */
  private def logEnd(partition: Int, now: PartitionState): Long = now.epoch.flatMap(view.endOfEpoch(topic, partition, _)).getOrElse(now.end)

  /** Where the log ended when its leader began: only a broker that starts can find it shorter. */
  private def lastStart(partition: Int, now: PartitionState): Long =
    now.epoch.filter(_ > 0).flatMap(leads => view.endOfEpoch(topic, partition, leads - 1)).getOrElse(now.begin)

  private def readings(read: Seq[TopicOffsets]): Seq[Reading] =
    read.flatMap { its =>
      its.standing(generations).asScala.map { case (partition, end) => Reading(partition, end, Option(its.epochs.get(partition)).map(_.intValue)) }
    }
}

object TopicComparison {

  /** Everything before `end` was read, the last of it in `epoch`. */
  private final case class Reading(partition: Int, end: Long, epoch: Option[Int])
}
