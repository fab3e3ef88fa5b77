package io.cryptodm.jobs

import java.nio.charset.StandardCharsets.UTF_8
import java.util.concurrent.{ExecutionException, TimeUnit}
import java.util.{HashMap => JavaMap}

import io.cryptodm.contracts.{Generations, Spec}
import org.apache.kafka.clients.producer.{KafkaProducer, ProducerConfig, ProducerRecord}
import org.apache.kafka.common.errors.RecordTooLargeException
import org.apache.kafka.common.header.internals.RecordHeader
import org.apache.kafka.common.serialization.ByteArraySerializer
import org.slf4j.LoggerFactory

import scala.jdk.CollectionConverters._
import scala.util.control.NonFatal

/** Publishes malformed records. */
trait BadOutlet {

  /**
   * Sends and waits until every record is acknowledged.
   *
   * @param origin topic that they come from
   */
  def send(origin: String, generations: Generations, records: Seq[BadRecord]): Unit
}

/** The topic of bad records. After a crash a record may come twice, with the same key. */
final class BadTopic(spec: Spec) extends BadOutlet with AutoCloseable {
  import BadTopic.Log

  private val topic = spec.topic("bad").name
  private var connected: Option[KafkaProducer[Array[Byte], Array[Byte]]] = None

  private def producer: KafkaProducer[Array[Byte], Array[Byte]] = synchronized {
    connected.getOrElse {
      val made = new KafkaProducer[Array[Byte], Array[Byte]](properties, new ByteArraySerializer, new ByteArraySerializer)
      connected = Some(made)
      made
    }
  }

  private def properties: JavaMap[String, AnyRef] = {
    val all = Topics.clientSettings(spec.kafka, "cryptodm-bad-records")
    all.put(ProducerConfig.ACKS_CONFIG, "all")
    all.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true")
    all.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "gzip")
    all.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Integer.valueOf(16 << 20))
    all
  }

  override def send(origin: String, generations: Generations, records: Seq[BadRecord]): Unit =
    if (records.nonEmpty)
      try deliver(origin, generations, records)
      catch {
        case NonFatal(e) =>
          // A producer whose login was refused takes nothing any more.
          close()
          throw e
      }

  private def deliver(origin: String, generations: Generations, records: Seq[BadRecord]): Unit = {
    val producer = this.producer
    val sent = records.map(record => record -> producer.send(message(origin, generations, record, record.payload)))
    producer.flush()
    sent.foreach { case (record, acknowledged) =>
      try acknowledged.get(30, TimeUnit.SECONDS)
      catch {
        case e: ExecutionException if e.getCause.isInstanceOf[RecordTooLargeException] =>
          Log.warn(s"Bad record $origin/${record.partition}/${record.offset} is too large for $topic: sent without its payload")
          producer.send(message(origin, generations, record, null)).get(30, TimeUnit.SECONDS)
      }
    }
  }

  private def message(origin: String, generations: Generations, record: BadRecord, payload: Array[Byte]) = {
    val key = s"$origin/${generations.at(record.partition, record.offset)}/${record.partition}/${record.offset}"
    val headers = Seq("reason" -> record.reason, "source" -> record.source).map { case (name, value) =>
      new RecordHeader(name, value.getBytes(UTF_8)): org.apache.kafka.common.header.Header
    }
    new ProducerRecord[Array[Byte], Array[Byte]](topic, null, null, key.getBytes(UTF_8), payload, headers.asJava)
  }

  override def close(): Unit = synchronized {
    connected.foreach(_.close(java.time.Duration.ofSeconds(5)))
    connected = None
  }
}

object BadTopic {
  private val Log = LoggerFactory.getLogger(classOf[BadTopic])
}
