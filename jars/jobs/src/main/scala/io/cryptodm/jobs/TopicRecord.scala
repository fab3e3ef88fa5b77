package io.cryptodm.jobs

import java.nio.charset.StandardCharsets
import java.time.Instant

import io.cryptodm.contracts.Sources
import org.apache.spark.rdd.RDD
import org.apache.spark.sql.DataFrame
import org.apache.spark.sql.catalyst.InternalRow
import org.apache.spark.sql.execution.LogicalRDD
import org.apache.spark.sql.kafka010.BatchRecords
import org.apache.spark.sql.types.StructType

/**
 * One record of a topic.
 *
 * @param timestampMicros when it was produced, microseconds since 1970
 * @param epoch of the leader that wrote it, or NoEpoch
 */
final case class TopicRecord(
    partition: Int,
    offset: Long,
    timestampMicros: Long,
    key: Array[Byte],
    value: Array[Byte],
    source: String,
    epoch: Int = TopicRecord.NoEpoch) {
  def time: Instant = Instant.ofEpochSecond(Math.floorDiv(timestampMicros, 1000000L), Math.floorMod(timestampMicros, 1000000L) * 1000)
}

object TopicRecord {

  /** Where the epoch is not known: Spark's rows do not have it. */
  final val NoEpoch = -1

  /** Positions of the columns of Spark's Kafka source. */
  final case class Columns(partition: Int, offset: Int, timestamp: Int, key: Int, value: Int, headers: Int) {
    def read(row: InternalRow): TopicRecord = TopicRecord(
      row.getInt(partition),
      row.getLong(offset),
      row.getLong(timestamp),
      if (row.isNullAt(key)) null else row.getBinary(key),
      if (row.isNullAt(value)) null else row.getBinary(value),
      Sources.of(if (row.isNullAt(headers)) null else header(row)))

    private def header(row: InternalRow): Array[Byte] = {
      val all = row.getArray(headers)
      var i = all.numElements() - 1
      while (i >= 0) {
        val header = all.getStruct(i, 2)
        if (!header.isNullAt(0) && java.util.Arrays.equals(header.getUTF8String(0).getBytes, HeaderName)) {
          return if (header.isNullAt(1)) null else header.getBinary(1)
        }
        i -= 1
      }
      null
    }
  }

  private val HeaderName = Sources.HEADER.getBytes(StandardCharsets.UTF_8)

  def columns(schema: StructType): Columns = Columns(
    schema.fieldIndex("partition"),
    schema.fieldIndex("offset"),
    schema.fieldIndex("timestamp"),
    schema.fieldIndex("key"),
    schema.fieldIndex("value"),
    schema.fieldIndex("headers"))

  /**
   * The records of a batch. They come from the consumer directly, without Spark's plan, rows, projection and encoder, which cost more than a small batch itself.
   */
  def of(batch: DataFrame): RDD[TopicRecord] = {
    val rows = batch.queryExecution.analyzed match {
      case source: LogicalRDD => source.rdd
      case _ => batch.queryExecution.toRdd
    }
    BatchRecords.of(rows, BatchRecords.Forms(read, columns(batch.schema).read))
  }

  /** How many records a batch has at most; None where nobody knows before they are read. */
  def count(records: RDD[TopicRecord]): Option[Long] = BatchRecords.size(records)

  private def read(record: BatchRecords.Record): TopicRecord = {
    val source = record.headers.lastHeader(Sources.HEADER)
    TopicRecord(
      record.partition,
      record.offset,
      record.timestamp * 1000,
      record.key,
      record.value,
      Sources.of(if (source == null) null else source.value),
      if (record.leaderEpoch.isPresent) record.leaderEpoch.get else NoEpoch)
  }
}
