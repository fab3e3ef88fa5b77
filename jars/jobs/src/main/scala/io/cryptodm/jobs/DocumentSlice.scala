package io.cryptodm.jobs

import java.time.Instant

import io.cryptodm.contracts.{Generations, Pair, QuoteBar, QuoteParser, Revision}

import scala.collection.mutable
import scala.jdk.CollectionConverters._

/** What one task parsed of its part of a batch for the index. */
final case class DocumentSlice(counts: Vector[PartitionCount], bulks: Vector[Bulk])

object DocumentSlice {
  /** Makes the documents of each part of a batch where it is read. */
  final class Building(generations: Generations) extends BatchWork[TopicRecord, DocumentSlice] {
    override def perform(records: Iterator[TopicRecord]): DocumentSlice = build(records, generations)
  }

  /** The last revision of a document so far. */
  private final case class Last(bar: QuoteBar, partition: Int, offset: Long, timestampMicros: Long, source: String)

  /** Keeps the last revision of each document. Malformed records are skipped: the job of the table keeps them. */
  def build(records: Iterator[TopicRecord], generations: Generations): DocumentSlice = {
    val counter = new PartitionCount.Counter
    val last = mutable.LinkedHashMap.empty[(Pair, Instant), Last]
    records.foreach { record =>
      counter.count(record)
      QuoteParser.parse(record.value, record.time).events.asScala.foreach { bar =>
        val key = (bar.pair, bar.start)
        if (last.get(key).forall(_.offset <= record.offset)) {
          last.put(key, Last(bar, record.partition, record.offset, record.timestampMicros, record.source))
        }
      }
    }
    val documents = new QuoteDocument
    val bulks = Vector.newBuilder[Bulk]
    var builder = new Bulk.Builder
    last.valuesIterator.foreach { its =>
      val revision = Revision.of(generations.at(its.partition, its.offset), its.offset)
      val lines = documents.bulkLines(its.bar, its.source, its.timestampMicros, revision)
      if (!builder.hasRoomFor(1, lines.length)) {
        bulks += builder.result()
        builder = new Bulk.Builder
      }
      builder.add(lines, 0, lines.length, its.partition, its.offset)
    }
    if (!builder.isEmpty) bulks += builder.result()
    DocumentSlice(counter.result(), bulks.result())
  }
}
