package io.cryptodm.jobs

import io.cryptodm.contracts.Spec
import io.cryptodm.tables.write.TopicOffsets
import org.apache.spark.sql.DataFrame

/** Writes the bars of a topic into the search index, and what the index refuses for good into the topic of bad records. */
final class IndexSink(topic: Spec.Topic, index: SearchIndex, outlet: BadOutlet) extends BatchSink {
  private val building = new DocumentSlice.Building(topic.generations)

  override def held: Seq[TopicOffsets] = Nil

  override def namesOffsets: Boolean = false

  override def write(batch: DataFrame, admission: Admission): BatchReport = {
    val records = TopicRecord.of(batch)
    val slices = building.run(records)
    val counts = PartitionCount.merged(slices.flatMap(_.counts))
    admission.admit(counts)
    val bulks = Bulk.merged(slices.flatMap(_.bulks))
    val refused = if (bulks.isEmpty) Nil else index.write(bulks)
    if (refused.nonEmpty) {
      val reasons = refused.map(document => (document.partition, document.offset) -> document.reason).toMap
      // The payloads are read again: keeping them would double the data of every batch.
      val originals = records.filter(record => reasons.contains((record.partition, record.offset))).collect()
      outlet.send(topic.name, topic.generations, originals.toSeq.map { record =>
        val reason = reasons((record.partition, record.offset))
        BadRecord(record.partition, record.offset, reason, record.key, record.value, record.source, record.timestampMicros)
      })
    }
    BatchReport(
      rows = bulks.map(_.size.toLong).sum - refused.size,
      inputRows = counts.map(_.records).sum,
      badRecords = refused.size,
      tableRows = None,
      counts,
      badReason = refused.lastOption.map(_.reason))
  }
}
