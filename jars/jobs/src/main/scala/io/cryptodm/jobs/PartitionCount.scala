package io.cryptodm.jobs

/**
 * What a batch read from one partition of the topic.
 *
 * @param last highest offset
 * @param newestMicros latest time of production, microseconds since 1970
 * @param epoch highest epoch of the leaders that wrote them, or TopicRecord.NoEpoch
 */
final case class PartitionCount(partition: Int, records: Long, first: Long, last: Long, newestMicros: Long, epoch: Int = TopicRecord.NoEpoch) {
  def merge(other: PartitionCount): PartitionCount = PartitionCount(
    partition,
    records + other.records,
    math.min(first, other.first),
    math.max(last, other.last),
    math.max(newestMicros, other.newestMicros),
    math.max(epoch, other.epoch))
}

object PartitionCount {
  def of(record: TopicRecord): PartitionCount =
    PartitionCount(record.partition, 1, record.offset, record.offset, record.timestampMicros, record.epoch)

  /** Counts records as they pass. */
  final class Counter {
    private val counts = scala.collection.mutable.LinkedHashMap.empty[Int, Array[Long]]

    def count(record: TopicRecord): Unit = {
      val numbers = counts.getOrElseUpdate(record.partition, Array(0L, record.offset, record.offset, record.timestampMicros, record.epoch.toLong))
      numbers(0) += 1
      numbers(1) = math.min(numbers(1), record.offset)
      numbers(2) = math.max(numbers(2), record.offset)
      numbers(3) = math.max(numbers(3), record.timestampMicros)
      numbers(4) = math.max(numbers(4), record.epoch.toLong)
    }

    def result(): Vector[PartitionCount] =
      counts.iterator.map { case (partition, t) => PartitionCount(partition, t(0), t(1), t(2), t(3), t(4).toInt) }.toVector
  }

  def merged(all: Iterable[PartitionCount]): Vector[PartitionCount] =
    all.groupBy(_.partition).values.map(_.reduce(_ merge _)).toVector.sortBy(_.partition)
}
