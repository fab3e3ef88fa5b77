package io.cryptodm.jobs

import java.nio.charset.StandardCharsets.UTF_8

import io.cryptodm.contracts.QuoteParser
import org.apache.spark.rdd.RDD

import scala.collection.mutable
import scala.jdk.CollectionConverters._

/** What one task made of its part of a batch for the index. */
final case class DocumentSlice(tallies: Vector[PartitionTally], bulks: Vector[Bulk])

object DocumentSlice {
  def of(records: RDD[TopicRecord], generation: Long): RDD[DocumentSlice] =
    records.mapPartitions(part => Iterator.single(build(part, generation)))

  /** Keeps the last revision of each document. Malformed records pass unseen: the job of the table keeps them. */
  def build(records: Iterator[TopicRecord], generation: Long): DocumentSlice = {
    val counter = new PartitionTally.Counter
    val last = mutable.LinkedHashMap.empty[String, (TopicRecord, String)]
    records.foreach { record =>
      counter.count(record)
      QuoteParser.parse(record.value, record.time).events.asScala.foreach { bar =>
        val id = QuoteDocument.id(bar)
        if (last.get(id).forall { case (standing, _) => standing.offset <= record.offset }) {
          last.put(id, (record.copy(key = null, value = null), QuoteDocument.bulkLines(bar, record, generation)))
        }
      }
    }
    val bulks = Vector.newBuilder[Bulk]
    var builder = new Bulk.Builder
    last.valuesIterator.foreach { case (record, lines) =>
      val bytes = lines.getBytes(UTF_8)
      if (!builder.hasRoomFor(1, bytes.length)) {
        bulks += builder.result()
        builder = new Bulk.Builder
      }
      builder.add(bytes, 0, bytes.length, record.partition, record.offset)
    }
    if (!builder.isEmpty) bulks += builder.result()
    DocumentSlice(counter.result(), bulks.result())
  }
}
