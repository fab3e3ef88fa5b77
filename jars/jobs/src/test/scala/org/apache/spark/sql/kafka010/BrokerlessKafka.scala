package org.apache.spark.sql.kafka010

import java.util

import scala.jdk.CollectionConverters._

import org.apache.kafka.common.TopicPartition
import org.apache.spark.sql.connector.catalog.{SupportsRead, Table, TableCapability, TableProvider}
import org.apache.spark.sql.connector.expressions.Transform
import org.apache.spark.sql.connector.read.streaming.MicroBatchStream
import org.apache.spark.sql.connector.read.{Scan, ScanBuilder}
import org.apache.spark.sql.types.StructType
import org.apache.spark.sql.util.CaseInsensitiveStringMap

/** Spark's own source of Kafka's micro-batches with given offsets instead of a broker: all of a stream's planning is real. */
final class BrokerlessKafka extends TableProvider {
  override def inferSchema(options: CaseInsensitiveStringMap): StructType = KafkaRecordToRowConverter.kafkaSchema(includeHeaders = true)

  override def getTable(schema: StructType, partitioning: Array[Transform], properties: util.Map[String, String]): Table =
    new Table with SupportsRead {
      override def name(): String = "brokerless"
      override def schema(): StructType = inferSchema(CaseInsensitiveStringMap.empty)
      override def capabilities(): util.Set[TableCapability] = Set(TableCapability.MICRO_BATCH_READ).asJava
      override def newScanBuilder(options: CaseInsensitiveStringMap): ScanBuilder = () =>
        new Scan {
          override def readSchema(): StructType = schema()
          override def toMicroBatchStream(checkpoint: String): MicroBatchStream =
            new KafkaMicroBatchStream(
              BrokerlessKafka.Offsets,
              new util.HashMap,
              new CaseInsensitiveStringMap(Map("includeHeaders" -> "true").asJava),
              checkpoint,
              EarliestOffsetRangeLimit,
              failOnDataLoss = false)
        }
    }
}

object BrokerlessKafka {
  private val partitions = Seq(0, 1).map(new TopicPartition("coinbase-currencies", _))

  /** Two partitions with ten records each. */
  private object Offsets extends KafkaOffsetReader {
    private def all(offset: Long): Map[TopicPartition, Long] = partitions.map(_ -> offset).toMap

    override val maxOffsetFetchAttempts: Int = 1
    override val offsetFetchAttemptIntervalMs: Long = 1
    override val driverKafkaParams: util.Map[String, Object] = new util.HashMap
    override def close(): Unit = ()
    override def fetchPartitionOffsets(limit: KafkaOffsetRangeLimit, isStartingOffsets: Boolean): Map[TopicPartition, Long] = all(0)
    // Spark's lines differ in how a loss is reported; these implement what the line has.
    def fetchSpecificOffsets(offsets: Map[TopicPartition, Long], report: String => Unit): KafkaSourceOffset = ???
    def fetchSpecificOffsets(offsets: Map[TopicPartition, Long], report: (String, () => Throwable) => Unit): KafkaSourceOffset = ???
    override def fetchSpecificTimestampBasedOffsets(
        timestamps: Map[TopicPartition, Long],
        isStartingOffsets: Boolean,
        strategy: KafkaSourceProvider.StrategyOnNoMatchStartingOffset.Value): KafkaSourceOffset = ???
    override def fetchGlobalTimestampBasedOffsets(
        timestamp: Long,
        isStartingOffsets: Boolean,
        strategy: KafkaSourceProvider.StrategyOnNoMatchStartingOffset.Value): KafkaSourceOffset = ???
    override def fetchEarliestOffsets(): Map[TopicPartition, Long] = all(0)
    override def fetchLatestOffsets(known: Option[Map[TopicPartition, Long]]): Map[TopicPartition, Long] = all(10)
    override def fetchEarliestOffsets(these: Seq[TopicPartition]): Map[TopicPartition, Long] = all(0)
    override def getOffsetRangesFromUnresolvedOffsets(starting: KafkaOffsetRangeLimit, ending: KafkaOffsetRangeLimit): Seq[KafkaOffsetRange] = ???
    def getOffsetRangesFromResolvedOffsets(
        from: Map[TopicPartition, Long],
        until: Map[TopicPartition, Long],
        report: String => Unit): Seq[KafkaOffsetRange] = ranges(from, until)
    def getOffsetRangesFromResolvedOffsets(
        from: Map[TopicPartition, Long],
        until: Map[TopicPartition, Long],
        report: (String, () => Throwable) => Unit): Seq[KafkaOffsetRange] = ranges(from, until)
    private def ranges(from: Map[TopicPartition, Long], until: Map[TopicPartition, Long]): Seq[KafkaOffsetRange] =
      partitions.map(its => KafkaOffsetRange(its, from(its), until(its), None))
  }
}
