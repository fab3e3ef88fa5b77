package org.apache.spark.sql.kafka010

import java.util.concurrent.atomic.AtomicBoolean

import scala.reflect.ClassTag

import org.apache.kafka.clients.consumer.ConsumerRecord
import org.apache.spark.rdd.RDD
import org.apache.spark.sql.catalyst.InternalRow
import org.apache.spark.sql.execution.datasources.v2.{DataSourceRDD, DataSourceRDDPartition}
import org.apache.spark.sql.kafka010.consumer.KafkaDataConsumer
import org.apache.spark.{Partition, TaskContext}
import org.slf4j.LoggerFactory

/**
 * The records of a micro-batch as Kafka's consumer gives them. Spark's own source turns each into a row and back twice, which costs as much as reading it;
 * its decisions (offsets, tasks, pooled consumers, removed records) stay. It lives in Spark's package because those classes are
 * private to it. Where they do not link, as they may on another Spark, the task reads the source's rows.
 */
final class BatchRecords[T: ClassTag] private (source: DataSourceRDD, internals: BatchRecords.Internals, forms: BatchRecords.Forms[T])
    extends RDD[T](source.context, Nil) {

  override protected def getPartitions: Array[Partition] = source.partitions

  override protected def getPreferredLocations(split: Partition): Seq[String] = source.preferredLocations(split)

  private def size: Option[Long] =
    try Some(source.partitions.map(internals.size).sum)
    catch { case _: LinkageError => None }

  override def compute(split: Partition, context: TaskContext): Iterator[T] =
    try {
      val records = internals.read(split, context)
      // The first record needs all that has to link; an earlier failure leaves nothing half read.
      records.hasNext
      records.map(forms.ofRecord)
    } catch {
      case e: LinkageError =>
        BatchRecords.tellRows(e.toString)
        source.compute(split, context).map(forms.ofRow)
    }
}

object BatchRecords {
  type Record = ConsumerRecord[Array[Byte], Array[Byte]]

  /** How a record becomes what the batch is wanted as, from Kafka's form and from Spark's row. */
  final case class Forms[T](ofRecord: Record => T, ofRow: InternalRow => T)

  /** What is read of Spark's internals. A value, so that a test can stand in for a Spark that lacks something. */
  trait Internals extends Serializable {

    /** Whether a partition is one of Kafka's source with offsets that are known, as those of a stream are. @throws LinkageError on another Spark */
    def isReadable(split: Partition): Boolean

    /** How many offsets a partition reaches over. @throws LinkageError on another Spark */
    def size(split: Partition): Long

    /** @throws LinkageError on another Spark, at the latest when the first record is asked for */
    def read(split: Partition, context: TaskContext): Iterator[Record]
  }

  private[kafka010] val LogName = "io.cryptodm.jobs.BatchRecords"
  private val Log = LoggerFactory.getLogger(LogName)
  private[kafka010] val told = new AtomicBoolean

  /** @param rows of a batch; what does not come straight from Kafka's source is read as rows */
  def of[T: ClassTag](rows: RDD[InternalRow], forms: Forms[T], internals: Internals = Connector): RDD[T] =
    find(rows, forms, internals).getOrElse(rows.mapPartitions(_.map(forms.ofRow)))

  /** How many records a batch has at most; None where it is read as rows. */
  def size(records: RDD[_]): Option[Long] = records match {
    case its: BatchRecords[_] => its.size
    case _ => None
  }

  private def find[T: ClassTag](rows: RDD[InternalRow], forms: Forms[T], internals: Internals): Option[BatchRecords[T]] =
    try {
      val found = Iterator
        .iterate[Option[RDD[_]]](Some(rows))(_.flatMap(rdd => if (rdd.dependencies.size == 1) Some(rdd.dependencies.head.rdd) else None))
        .takeWhile(_.isDefined)
        .flatten
        .collectFirst { case source: DataSourceRDD if source.partitions.forall(internals.isReadable) => new BatchRecords(source, internals, forms) }
      if (found.isEmpty) tellRows("the batch does not come straight from Kafka's source")
      found
    } catch {
      case e: LinkageError =>
        tellRows(e.toString)
        None
    }

  /** Logged once a process: every batch would log the same. */
  private def tellRows(reason: String): Unit =
    if (told.compareAndSet(false, true)) {
      Log.warn(s"Records are read as rows of Spark, which takes more processor time: $reason. Run the jars with the Spark that they were built for.")
    }

  /** Spark's connector for Kafka, as it was compiled against. */
  private object Connector extends Internals {
    override def isReadable(split: Partition): Boolean = split match {
      case its: DataSourceRDDPartition => its.inputPartitions.forall {
          case KafkaBatchInputPartition(range, _, _, _, _) => range.fromOffset >= 0 && range.untilOffset >= 0
          case _ => false
        }
      case _ => false
    }

    override def size(split: Partition): Long = ranges(split).map(_.offsetRange).map(range => range.untilOffset - range.fromOffset).sum

    override def read(split: Partition, context: TaskContext): Iterator[Record] = ranges(split).iterator.flatMap(new Range(_, context))

    private def ranges(split: Partition): Seq[KafkaBatchInputPartition] =
      split.asInstanceOf[DataSourceRDDPartition].inputPartitions.map(_.asInstanceOf[KafkaBatchInputPartition])
  }

  /** Records of one range of offsets; records that the broker no longer has are skipped or fail, as the source is configured. */
  private final class Range(input: KafkaBatchInputPartition, context: TaskContext) extends Iterator[Record] {
    private val range = input.offsetRange
    private val consumer = KafkaDataConsumer.acquire(range.topicPartition, input.executorKafkaParams)
    context.addTaskCompletionListener[Unit](_ => consumer.release())
    private var offset = range.fromOffset
    private var upcoming: Record = _

    override def hasNext: Boolean = {
      if (upcoming == null && offset < range.untilOffset) {
        upcoming = consumer.get(offset, range.untilOffset, input.pollTimeoutMs, input.failOnDataLoss)
        // No record is left before the end: the broker has removed them.
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
