package io.cryptodm.jobs

import java.nio.ByteBuffer
import java.nio.charset.StandardCharsets.UTF_8
import java.util.concurrent.{ExecutionException, TimeUnit}
import java.util.{HashMap => JavaMap}

import io.cryptodm.contracts.Spec
import io.cryptodm.tables.{KeyedTable, Row, RowBatch}
import org.apache.kafka.clients.producer.{KafkaProducer, ProducerConfig, ProducerRecord}
import org.apache.kafka.common.errors.RecordTooLargeException
import org.apache.kafka.common.header.internals.RecordHeader
import org.apache.kafka.common.serialization.ByteArraySerializer
import org.slf4j.LoggerFactory

import scala.jdk.CollectionConverters._

/** A record that is refused, with where it stood and why. */
final case class BadRecord(partition: Int, offset: Long, reason: String, key: Array[Byte], payload: Array[Byte], source: String, seenAtMicros: Long)

object BadRecords {
  /** What tasks tell of a malformed record, beside its partition and offset. */
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

  private[jobs] val Log = LoggerFactory.getLogger("io.cryptodm.jobs.BadRecords")
}

/** The topic of bad records. A record may come twice after a crash; its key tells. */
final class BadTopic(spec: Spec) extends AutoCloseable {
  import BadRecords.Log

  private val topic = spec.topic("bad").name
  private lazy val producer = new KafkaProducer[Array[Byte], Array[Byte]](properties, new ByteArraySerializer, new ByteArraySerializer)
  @volatile private var opened = false

  private def properties: JavaMap[String, AnyRef] = {
    val all = new JavaMap[String, AnyRef](spec.kafka.properties)
    all.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, spec.kafka.bootstrapServers)
    all.put(ProducerConfig.ACKS_CONFIG, "all")
    all.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "gzip")
    all.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Integer.valueOf(16 << 20))
    all
  }

  /** Sends and waits until every record is acknowledged. */
  def send(origin: String, generation: Long, records: Seq[BadRecord]): Unit = if (records.nonEmpty) {
    opened = true
    val sent = records.map(record => record -> producer.send(message(origin, generation, record, record.payload)))
    producer.flush()
    sent.foreach { case (record, acknowledged) =>
      try acknowledged.get(30, TimeUnit.SECONDS)
      catch {
        case e: ExecutionException if e.getCause.isInstanceOf[RecordTooLargeException] =>
          Log.warn(s"Bad record $origin/${record.partition}/${record.offset} is too large for $topic: sent without its payload")
          producer.send(message(origin, generation, record, null)).get(30, TimeUnit.SECONDS)
      }
    }
  }

  private def message(origin: String, generation: Long, record: BadRecord, payload: Array[Byte]) = {
    val key = s"$origin/$generation/${record.partition}/${record.offset}"
    val headers = Seq("reason" -> record.reason, "source" -> record.source).map { case (name, value) =>
      new RecordHeader(name, value.getBytes(UTF_8)): org.apache.kafka.common.header.Header
    }
    new ProducerRecord[Array[Byte], Array[Byte]](topic, null, null, key.getBytes(UTF_8), payload, headers.asJava)
  }

  override def close(): Unit = if (opened) producer.close(java.time.Duration.ofSeconds(5))
}

/** The table and the topic of bad records, for the malformed records of one topic. */
final class BadRecords(table: KeyedTable, badTopic: BadTopic, origin: String, generation: Long) {
  private val columns = table.columns.asScala.toVector

  /** Keeps the records that are not kept yet: first in the topic, then in the table, whose commit is what ends it. */
  def keep(records: Seq[BadRecord], endOffsets: java.util.Map[Integer, java.lang.Long]): Unit = if (records.nonEmpty) {
    val batch = new RowBatch(origin, generation, endOffsets, records.map(row).asJava)
    val fresh = table.changes(batch).asScala.map(row => (row.partition, row.offset)).toSet
    badTopic.send(origin, generation, records.filter(record => fresh((record.partition, record.offset))))
    table.upsert(batch)
  }

  private def row(record: BadRecord): Row = {
    val values: Vector[AnyRef] = columns.map {
      case "topic" => origin
      case "partition" => Integer.valueOf(record.partition)
      case "offset" => java.lang.Long.valueOf(record.offset)
      case "generation" => java.lang.Long.valueOf(generation)
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
