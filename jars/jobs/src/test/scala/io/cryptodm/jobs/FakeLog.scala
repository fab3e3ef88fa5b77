package io.cryptodm.jobs

import scala.collection.immutable.TreeMap

/** A topic of some partitions, as a broker keeps it: each start of the broker begins an epoch, and only then can the log be shorter. */
final class FakeLog(partitions: Int = 2) extends TopicView {
  private final case class Part(epochs: TreeMap[Int, Long], begin: Long, end: Long)
  private var topicId = Option("first")
  private var parts = Vector.fill(partitions)(Part(TreeMap(0 -> 0L), 0, 0))
  private var exists = true
  var questions = 0

  /** Appends records. */
  def append(partition: Int, records: Long): Unit = parts = parts.updated(partition, parts(partition).copy(end = parts(partition).end + records))

  /** The broker starts again with what the disk has kept of its logs. */
  def restart(kept: (Int, Long)*): Unit = parts = parts.zipWithIndex.map { case (part, partition) =>
    val end = kept.toMap.getOrElse(partition, part.end)
    // As LeaderEpochFileCache does it: what lies beyond the end goes, then the new leader's epoch begins at the end.
    Part(part.epochs.filter(_._2 < end) + (part.epochs.lastKey + 2 -> end), part.begin, end)
  }

  /** Retention removes the first records. */
  def expire(partition: Int, begin: Long): Unit = {
    val part = parts(partition)
    val (before, after) = part.epochs.partition(_._2 <= begin)
    parts = parts.updated(partition, part.copy(epochs = after ++ before.lastOption.map(_._1 -> begin), begin = begin))
  }

  def remove(): Unit = exists = false

  def recreate(id: String): Unit = {
    exists = true
    topicId = Some(id)
    parts = Vector.fill(partitions)(Part(TreeMap(0 -> 0L), 0, 0))
  }

  /** An older copy of the broker's folder is put in place of the present one. */
  def copy: FakeLog = {
    val other = new FakeLog(partitions)
    other.topicId = topicId
    other.parts = parts.map(its => other.Part(its.epochs, its.begin, its.end))
    other
  }

  /** A broker that knows neither ids nor epochs. */
  def old: TopicView = new TopicView {
    override def look(topic: String): Option[TopicState] =
      FakeLog.this.look(topic).map(state => TopicState(None, state.partitions.map { case (partition, its) => partition -> its.copy(epoch = None) }))
    override def endOfEpoch(topic: String, partition: Int, epoch: Int): Option[Long] = None
  }

  /** What a reader counts that reads a range of a partition. */
  def count(partition: Int, first: Long, last: Long): PartitionCount =
    PartitionCount(partition, last + 1 - first, first, last, 0, parts(partition).epochs.filter(_._2 <= last).lastKey)

  override def look(topic: String): Option[TopicState] =
    if (!exists) None
    else Some(TopicState(topicId, parts.zipWithIndex.map { case (part, partition) => partition -> PartitionState(part.begin, part.end, Some(part.epochs.lastKey)) }.toMap))

  override def endOfEpoch(topic: String, partition: Int, epoch: Int): Option[Long] = {
    questions += 1
    val part = parts(partition)
    if (epoch > part.epochs.lastKey) None
    else if (epoch == part.epochs.lastKey) Some(part.end)
    else Some(part.epochs.find(_._1 > epoch).get._2)
  }
}
