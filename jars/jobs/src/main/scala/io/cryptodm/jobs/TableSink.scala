package io.cryptodm.jobs

import io.cryptodm.contracts.Spec
import io.cryptodm.tables.rows.{EncodedRows, Row, RowBytes}
import io.cryptodm.tables.write.{KeyedTable, RowBatch, TaskFile, TopicOffsets}
import org.apache.spark.rdd.RDD
import org.apache.spark.sql.DataFrame

import scala.jdk.CollectionConverters._

/**
 * Writes the events of a topic into tables by key, and malformed records into the table of bad records. The tasks of a large batch write its rows into
 * files of the tables; what commits them looks up their keys.
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
  private val small = new ParsedSlice.Parsing(mapping, Map.empty)

  override def held: Seq[TopicOffsets] = tables.map(_.held(topic.name)) :+ bad.held

  override def write(batch: DataFrame, admission: Admission): BatchReport = {
    val records = TopicRecord.of(batch)
    val slices = parsing(records).run(records)
    val files = tables.indices.map(at => slices.toSeq.flatMap(_.good(at).files.asScala).asJava)
    var begun = 0
    try {
      val counts = PartitionCount.merged(slices.flatMap(_.counts))
      val ends = admission.admit(counts)
      val badRecords = decoded(slices.map(_.bad)).asScala.map(BadRecords.of).toSeq
      bad.keep(badRecords, ends)
      val written = tables.zipWithIndex.map { case (table, at) =>
        begun = at + 1
        table.upsert(new RowBatch(topic.name, topic.generations, ends, decoded(slices.map(_.good(at).rows)), files(at)))
      }
      if (written.head.committed) changed()
      BatchReport(
        rows = written.head.inserted + written.head.replaced,
        inputRows = counts.map(_.records).sum,
        badRecords = badRecords.size,
        tableRows = Some(written.head.tableRows),
        counts,
        badReason = badRecords.lastOption.map(_.reason))
    } catch {
      case e: Throwable =>
        discard(files, begun)
        throw e
    }
  }

  /** Removes the files of the tables that were not reached; a table deals with its own. */
  private def discard(files: Seq[java.util.List[TaskFile]], begun: Int): Unit =
    tables.zip(files).drop(begun).foreach { case (table, its) => table.discard(its) }

  private def parsing(records: RDD[TopicRecord]): ParsedSlice.Parsing =
    // A batch that cannot fill a file needs no table in its tasks. Where nobody knows how large it is, they find out.
    if (TopicRecord.count(records).exists(_ <= tables.map(_.bulkRows).min)) small
    else
      new ParsedSlice.Parsing(
        mapping,
        tables.zipWithIndex.flatMap { case (table, at) => Option(table.forTasks(topic.name, topic.generations).orElse(null)).map(at -> _) }.toMap)

  private def decoded(encoded: Array[EncodedRows]): java.util.List[Row] = {
    val rows = new java.util.ArrayList[Row](encoded.map(_.rows).sum)
    encoded.foreach(RowBytes.decode(_, rows))
    rows
  }
}
