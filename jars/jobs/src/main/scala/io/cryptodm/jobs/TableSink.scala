package io.cryptodm.jobs

import io.cryptodm.contracts.Spec
import io.cryptodm.tables.rows.Row
import io.cryptodm.tables.write.{KeyedTable, RowBatch, TopicOffsets}
import org.apache.spark.sql.DataFrame

import scala.jdk.CollectionConverters._

/**
 * Writes the events of a topic into tables by key, and malformed records into the table of bad records.
 *
 * @param tables those of the mapping, in its order, which is that of the commits
 * @param changed called after a batch that has changed rows of the first table
 */
final class TableSink(
    topic: Spec.Topic,
    tables: Seq[KeyedTable],
    mapping: RowMapping,
    bad: BadRecords,
    changed: () => Unit = () => ())
    extends BatchSink {
  private val parsing = new ParsedSlice.Parsing(mapping)

  override def held: Seq[TopicOffsets] = tables.map(_.held(topic.name)) :+ bad.held

  override def write(batch: DataFrame, admission: Admission): BatchReport = {
    val slices = parsing.run(TopicRecord.of(batch))
    val counts = PartitionCount.merged(slices.flatMap(_.counts))
    val ends = admission.admit(counts)
    val badRecords = decoded(slices.map(_.bad)).asScala.map(BadRecords.of).toSeq
    bad.keep(badRecords, ends)
    val written = tables.zipWithIndex.map { case (table, at) =>
      table.upsert(new RowBatch(topic.name, topic.generations, ends, decoded(slices.map(_.good(at)))))
    }
    if (written.head.committed) changed()
    BatchReport(
      rows = written.head.inserted + written.head.replaced,
      inputRows = counts.map(_.records).sum,
      badRecords = badRecords.size,
      tableRows = Some(written.head.tableRows),
      counts,
      badReason = badRecords.lastOption.map(_.reason))
  }

  private def decoded(encoded: Array[EncodedRows]): java.util.List[Row] = {
    val rows = new java.util.ArrayList[Row](encoded.map(_.rows).sum)
    encoded.foreach(RowBytes.decode(_, rows))
    rows
  }
}
