package io.cryptodm.jobs

/**
 * What a batch read from one partition of the topic.
 *
 * @param last highest offset
 * @param newestMicros latest time of production, microseconds since 1970
 */
final case class PartitionTally(partition: Int, records: Long, first: Long, last: Long, newestMicros: Long) {
  def merge(other: PartitionTally): PartitionTally = PartitionTally(
    partition,
    records + other.records,
    math.min(first, other.first),
    math.max(last, other.last),
    math.max(newestMicros, other.newestMicros))
}

object PartitionTally {
  def of(record: TopicRecord): PartitionTally =
    PartitionTally(record.partition, 1, record.offset, record.offset, record.timestampMicros)

  /** Counts records as they pass. */
  final class Counter {
    private val tallies = scala.collection.mutable.LinkedHashMap.empty[Int, Array[Long]]

    def count(record: TopicRecord): Unit = {
      val tally = tallies.getOrElseUpdate(record.partition, Array(0L, record.offset, record.offset, record.timestampMicros))
      tally(0) += 1
      tally(1) = math.min(tally(1), record.offset)
      tally(2) = math.max(tally(2), record.offset)
      tally(3) = math.max(tally(3), record.timestampMicros)
    }

    def result(): Vector[PartitionTally] =
      tallies.iterator.map { case (partition, t) => PartitionTally(partition, t(0), t(1), t(2), t(3)) }.toVector
  }

  def merged(all: Iterable[PartitionTally]): Vector[PartitionTally] =
    all.groupBy(_.partition).values.map(_.reduce(_ merge _)).toVector.sortBy(_.partition)
}
