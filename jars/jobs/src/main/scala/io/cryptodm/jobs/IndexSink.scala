package io.cryptodm.jobs

import io.cryptodm.contracts.Spec
import io.cryptodm.tables.write.TopicOffsets
import org.apache.spark.rdd.RDD
import org.apache.spark.sql.DataFrame
import org.apache.spark.storage.StorageLevel
import org.apache.spark.{Partition, TaskContext}

/** Writes the bars of a topic into the search index, and what the index refuses for good into the topic of bad records. */
final class IndexSink(
    topic: Spec.Topic,
    search: Spec.Search,
    index: SearchIndex,
    outlet: BadOutlet,
    isLarge: RDD[TopicRecord] => Boolean = IndexSink.isLarge)
    extends BatchSink {
  private val building = new DocumentSlice.Building(topic.generations)
  private val counting = new SentSlice.Counting
  private val sending = new SentSlice.Sending(search)

  override def held: Seq[TopicOffsets] = Nil

  override def namesOffsets: Boolean = false

  override def write(batch: DataFrame, admission: Admission): BatchReport = {
    val records = TopicRecord.of(batch)
    val (counts, documents, refused) = if (isLarge(records)) sendFromTasks(records, admission) else send(records, admission)
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
      rows = documents - refused.size,
      inputRows = counts.map(_.records).sum,
      badRecords = refused.size,
      tableRows = None,
      counts,
      badReason = refused.lastOption.map(_.reason))
  }

  private type Written = (Vector[PartitionCount], Long, Seq[Refused])

  /** A small batch is one request. */
  private def send(records: RDD[TopicRecord], admission: Admission): Written = {
    val slices = building.run(records)
    val counts = PartitionCount.merged(slices.flatMap(_.counts))
    admission.admit(counts)
    val bulks = Bulk.merged(slices.flatMap(_.bulks))
    (counts, bulks.map(_.size.toLong).sum, if (bulks.isEmpty) Nil else index.write(bulks))
  }

  /**
   * The tasks of a large batch send what they have made. That stays where it was made until the batch is admitted; where an executor is lost, it is made
   * again, and external versions make what was sent twice harmless. What a task could not write is written from here, as all of a small batch is: with
   * attempts for as long as it takes, and a name for what it waits for.
   */
  private def sendFromTasks(records: RDD[TopicRecord], admission: Admission): Written = {
    val made = new DocumentSlices(records, building).persist(StorageLevel.MEMORY_ONLY)
    try {
      val counts = PartitionCount.merged(counting.run(made).toSeq.flatten)
      admission.admit(counts)
      val sent = sending.run(made)
      val left = Bulk.merged(sent.flatMap(_.left).toSeq)
      val refused = if (left.isEmpty) Nil else index.write(left, visible = false)
      index.refresh()
      (counts, sent.map(_.documents).sum, refused)
    } finally made.unpersist()
  }
}

object IndexSink {

  /** More records than one request takes. Where nobody knows how many there are, they are sent as those of a small batch. */
  private def isLarge(records: RDD[TopicRecord]): Boolean = TopicRecord.count(records).exists(_ > Bulk.MaxDocuments)
}

/** The documents of a batch, one slice for each of its parts. */
private final class DocumentSlices(records: RDD[TopicRecord], building: DocumentSlice.Building) extends RDD[DocumentSlice](records) {
  override protected def getPartitions: Array[Partition] = firstParent[TopicRecord].partitions

  override def compute(split: Partition, context: TaskContext): Iterator[DocumentSlice] =
    Iterator.single(building.perform(firstParent[TopicRecord].iterator(split, context)))
}
