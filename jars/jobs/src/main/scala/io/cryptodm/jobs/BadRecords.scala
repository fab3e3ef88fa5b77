package io.cryptodm.jobs

import java.nio.ByteBuffer

import io.cryptodm.contracts.Generations
import io.cryptodm.tables.rows.Row
import io.cryptodm.tables.write.{KeyedTable, RowBatch, TopicOffsets}

import scala.jdk.CollectionConverters._

/** A malformed record: its place in the topic and the reason. */
final case class BadRecord(partition: Int, offset: Long, reason: String, key: Array[Byte], payload: Array[Byte], source: String, seenAtMicros: Long)

object BadRecords {
  /** What tasks report of a malformed record, besides its partition and offset. */
  val Columns: Vector[String] = Vector("reason", "record_key", "payload", "source", "seen_at")

  def values(record: TopicRecord, reason: String): Array[AnyRef] =
    Array(reason, record.key, record.value, record.source, java.lang.Long.valueOf(record.timestampMicros))

  def of(row: Row): BadRecord = BadRecord(
    row.partition,
    row.offset,
    row.value(0).asInstanceOf[String],
    bytes(row.value(1)),
    bytes(row.value(2)),
    row.value(3).asInstanceOf[String],
    row.value(4).asInstanceOf[java.lang.Long])

  private def bytes(value: AnyRef): Array[Byte] = value match {
    case null => null
    case buffer: ByteBuffer => buffer.array
  }
}

/** The table and the topic of bad records, for the malformed records of one topic. */
final class BadRecords(table: KeyedTable, outlet: BadOutlet, origin: String, generations: Generations) {
  private val columns = table.columns.asScala.toVector

  /** Up to where the table holds the topic. */
  def held: TopicOffsets = table.held(origin)

  /** Keeps the records that are not kept yet: first in the topic, then in the table, whose commit completes it. */
  def keep(records: Seq[BadRecord], ends: TopicOffsets): Unit = if (records.nonEmpty) {
    val batch = new RowBatch(origin, generations, ends, records.map(row).asJava)
    val fresh = table.changes(batch).asScala.map(row => (row.partition, row.offset)).toSet
    outlet.send(origin, generations, records.filter(record => fresh((record.partition, record.offset))))
    table.upsert(batch)
  }

  private def row(record: BadRecord): Row = {
    val values: Vector[AnyRef] = columns.map {
      case "topic" => origin
      case "partition" => Integer.valueOf(record.partition)
      case "offset" => java.lang.Long.valueOf(record.offset)
      case "generation" => java.lang.Long.valueOf(generations.at(record.partition, record.offset))
      case "reason" => record.reason
      case "record_key" => wrapped(record.key)
      case "payload" => wrapped(record.payload)
      case "source" => record.source
      case "seen_at" => java.lang.Long.valueOf(record.seenAtMicros)
      case _ => null
    }
    new Row(values.toArray, record.partition, record.offset)
  }

  private def wrapped(bytes: Array[Byte]): ByteBuffer = if (bytes == null) null else ByteBuffer.wrap(bytes)
}
