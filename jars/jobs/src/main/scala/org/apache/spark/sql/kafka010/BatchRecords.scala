package org.apache.spark.sql.kafka010

import org.apache.kafka.clients.consumer.ConsumerRecord
import org.apache.spark.{Partition, TaskContext}
import org.apache.spark.rdd.RDD
import org.apache.spark.sql.catalyst.InternalRow
import org.apache.spark.sql.execution.datasources.v2.{DataSourceRDD, DataSourceRDDPartition}
import org.apache.spark.sql.kafka010.consumer.KafkaDataConsumer

/**
 * The records of a micro-batch as Kafka's consumer gives them. Spark's own source turns each into a row and back twice, which costs as much as reading it;
 * what it decides (offsets, tasks, pooled consumers, what happens when records are gone) stays. It stands in Spark's package because those are private to it.
 */
final class BatchRecords private (source: DataSourceRDD) extends RDD[BatchRecords.Record](source.context, Nil) {
  import BatchRecords.Record

  override protected def getPartitions: Array[Partition] = source.partitions

  override protected def getPreferredLocations(split: Partition): Seq[String] = source.preferredLocations(split)

  override def compute(split: Partition, context: TaskContext): Iterator[Record] =
    BatchRecords.ranges(split).iterator.flatMap(new BatchRecords.Range(_, context))
}

object BatchRecords {
  type Record = ConsumerRecord[Array[Byte], Array[Byte]]

  /** @return None when the rows do not come straight from the source of Kafka with offsets that are known, as those of a stream are */
  def of(rows: RDD[InternalRow]): Option[BatchRecords] =
    Iterator
      .iterate[Option[RDD[_]]](Some(rows))(_.flatMap(rdd => if (rdd.dependencies.size == 1) Some(rdd.dependencies.head.rdd) else None))
      .takeWhile(_.isDefined)
      .flatten
      .collectFirst { case source: DataSourceRDD if source.partitions.forall(isReadable) => new BatchRecords(source) }

  private def isReadable(split: Partition): Boolean = split match {
    case its: DataSourceRDDPartition => its.inputPartitions.forall {
        case KafkaBatchInputPartition(range, _, _, _, _) => range.fromOffset >= 0 && range.untilOffset >= 0
        case _ => false
      }
    case _ => false
  }

  private def ranges(split: Partition): Seq[KafkaBatchInputPartition] =
    split.asInstanceOf[DataSourceRDDPartition].inputPartitions.map(_.asInstanceOf[KafkaBatchInputPartition]).toSeq

  /** Records of one range of offsets; those that the broker no longer has are passed over or fail, as the source was told. */
  private final class Range(input: KafkaBatchInputPartition, context: TaskContext) extends Iterator[Record] {
    private val range = input.offsetRange
    private val consumer = KafkaDataConsumer.acquire(range.topicPartition, input.executorKafkaParams)
    context.addTaskCompletionListener[Unit](_ => consumer.release())
    private var offset = range.fromOffset
    private var upcoming: Record = _

    override def hasNext: Boolean = {
      if (upcoming == null && offset < range.untilOffset) {
        upcoming = consumer.get(offset, range.untilOffset, input.pollTimeoutMs, input.failOnDataLoss)
        // Nothing is left below the end: what was there is gone.
        offset = if (upcoming == null) range.untilOffset else upcoming.offset + 1
      }
      upcoming != null
    }

    override def next(): Record = {
      if (!hasNext) throw new NoSuchElementException(s"$range holds no more")
      val record = upcoming
      upcoming = null
      record
    }
  }
}
