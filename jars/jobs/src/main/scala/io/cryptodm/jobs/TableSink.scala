package io.cryptodm.jobs

import io.cryptodm.contracts.Spec
import io.cryptodm.tables.rows.Row
import io.cryptodm.tables.write.{KeyedTable, RowBatch}
import org.apache.spark.sql.DataFrame

import scala.jdk.CollectionConverters._

/**
 * Writes the events of a topic into a table by key, and the malformed records beside.
 *
 * @param coverage table of what the topic's producers say about watched minutes, for a topic that has any
 */
final class TableSink(topic: Spec.Topic, table: KeyedTable, coverage: Option[KeyedTable], mapping: RowMapping, bad: BadRecords)
    extends BatchSink {

  override def write(batch: DataFrame): BatchReport = {
    val slices = ParsedSlice.of(TopicRecord.of(batch), mapping).collect()
    val tallies = PartitionTally.merged(slices.flatMap(_.tallies))
    val ends = new java.util.HashMap[Integer, java.lang.Long]
    tallies.foreach(tally => ends.put(tally.partition, tally.last + 1))
    val badRecords = decoded(slices.map(_.bad)).asScala.map(BadRecords.of).toSeq
    bad.keep(badRecords, ends)
    val written = table.upsert(new RowBatch(topic.name, topic.generation, ends, decoded(slices.map(_.good))))
    // After the bars: a reader must not see a minute as watched while its bar is still on the way.
    coverage.foreach(_.upsert(new RowBatch(topic.name, topic.generation, ends, decoded(slices.map(_.coverage)))))
    BatchReport(
      rows = written.inserted + written.replaced,
      inputRows = tallies.map(_.records).sum,
      badRecords = badRecords.size,
      tableRows = Some(written.tableRows),
      tallies,
      badReason = badRecords.lastOption.map(_.reason))
  }

  private def decoded(encoded: Array[EncodedRows]): java.util.List[Row] = {
    val rows = new java.util.ArrayList[Row](encoded.map(_.rows).sum)
    encoded.foreach(RowBytes.decode(_, rows))
    rows
  }
}
