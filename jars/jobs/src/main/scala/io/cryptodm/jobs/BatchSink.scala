package io.cryptodm.jobs

import org.apache.spark.sql.DataFrame

/**
 * What a batch did.
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
    tallies: Vector[PartitionTally],
    badReason: Option[String] = None)

/** Where the batches of a job go. A batch may come again; it must leave the same result. */
trait BatchSink extends AutoCloseable {
  def write(batch: DataFrame): BatchReport

  override def close(): Unit = ()
}
