package io.cryptodm.jobs

import io.cryptodm.tables.write.TopicOffsets
import org.apache.spark.sql.DataFrame

/**
 * Result of a batch.
 *
 * @param rows written
 * @param inputRows records read
 * @param badReason why the last of the bad records is bad
 * @param tableRows rows of the table afterwards, if there is a table
 */
final case class BatchReport(
    rows: Long,
    inputRows: Long,
    badRecords: Long,
    tableRows: Option[Long],
    counts: Vector[PartitionCount],
    badReason: Option[String] = None)

/** Writes the batches of a job. A batch may come again and must give the same result. */
trait BatchSink extends AutoCloseable {

  /** @param admission asked before anything is written */
  def write(batch: DataFrame, admission: Admission): BatchReport

  /** Up to where each of its tables holds the topic. */
  def held: Seq[TopicOffsets]

  /** Whether what it writes says how far the topic was read; else only the checkpoint does. */
  def namesOffsets: Boolean = true

  override def close(): Unit = ()
}
