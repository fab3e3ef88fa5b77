package io.cryptodm.jobs

import java.time.{Duration, Instant}
import java.util.concurrent.{ExecutionException, TimeUnit}
import java.util.{Collections, Optional}

import io.cryptodm.contracts.Spec
import org.apache.kafka.clients.admin.{Admin, OffsetSpec, RecordsToDelete}
import org.apache.kafka.clients.consumer.{ConsumerConfig, KafkaConsumer, LogTruncationException, OffsetAndMetadata}
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException
import org.apache.kafka.common.serialization.ByteArrayDeserializer
import org.apache.kafka.common.{TopicPartition, Uuid}

import scala.jdk.CollectionConverters._

/**
 * A partition as the broker has it.
 *
 * @param begin first offset that is kept
 * @param end next offset to be written
 * @param epoch counts its leaders: a broker that starts again begins a new one, and only then can a log have become shorter
 */
final case class PartitionState(begin: Long, end: Long, epoch: Option[Int])

/** @param id differs when the topic is created again; None from a broker without such ids */
final case class TopicState(id: Option[String], partitions: Map[Int, PartitionState])

/** What a broker says of its topics. */
trait TopicView {

  /** @return None when there is no such topic @throws Exception when the broker does not answer */
  def look(topic: String): Option[TopicState]

  /**
   * The end of an epoch in the log as it is now; all later records are of later epochs.
   *
   * @return None for an epoch that the broker knows nothing of
   * @throws Exception when the broker does not answer
   */
  def endOfEpoch(topic: String, partition: Int, epoch: Int): Option[Long]
}

final class BrokerView(kafka: Spec.Kafka) extends TopicView with TopicStore with AutoCloseable {
  import BrokerView._

  private var connected: Option[Admin] = None

  private def admin: Admin = synchronized {
    connected.getOrElse {
      val made = Admin.create(Topics.clientSettings(kafka, ClientName))
      connected = Some(made)
      made
    }
  }

  override def look(topic: String): Option[TopicState] =
    try {
      val admin = this.admin
      // Another broker has other topics under the same names, which says nothing of ours.
      if (!kafka.means(admin.describeCluster.clusterId.get(TimeoutSeconds, TimeUnit.SECONDS))) throw new ForeignPart(kafka.foreign)
      val description = admin.describeTopics(Collections.singletonList(topic)).allTopicNames.get(TimeoutSeconds, TimeUnit.SECONDS).get(topic)
      val partitions = description.partitions.asScala.map(its => new TopicPartition(topic, its.partition)).toSeq
      def offsets(which: OffsetSpec) = admin.listOffsets(partitions.map(_ -> which).toMap.asJava).all
      val (begins, ends) = (offsets(OffsetSpec.earliest), offsets(OffsetSpec.latest))
      val states = partitions.map { partition =>
        val end = ends.get(TimeoutSeconds, TimeUnit.SECONDS).get(partition)
        val begin = begins.get(TimeoutSeconds, TimeUnit.SECONDS).get(partition)
        val epoch = if (end.leaderEpoch.isPresent) Some(end.leaderEpoch.get.intValue) else None
        partition.partition -> PartitionState(begin.offset, end.offset, epoch)
      }
      Some(TopicState(Option(description.topicId).filter(_ != Uuid.ZERO_UUID).map(_.toString), states.toMap))
    } catch {
      case e: ExecutionException if e.getCause.isInstanceOf[UnknownTopicOrPartitionException] => None
      case e: ExecutionException if Topics.isRefusedLogin(e) =>
        // A client that was refused once asks nobody for minutes.
        close()
        throw if (kafka.clusterId == null) e else new ForeignPart(kafka.foreign)
    }

  /** A consumer that claims to have read past the end gets to know where its epoch ended (KIP-320): no client offers the question itself. */
  override def endOfEpoch(topic: String, partition: Int, epoch: Int): Option[Long] = {
    val settings = Topics.clientSettings(kafka, ClientName)
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none")
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false")
    val consumer = new KafkaConsumer(settings, new ByteArrayDeserializer, new ByteArrayDeserializer)
    try {
      val its = new TopicPartition(topic, partition)
      consumer.assign(Collections.singletonList(its))
      // It compares epochs only once it knows the partition's leader.
      consumer.partitionsFor(topic, Timeout)
      consumer.seek(its, new OffsetAndMetadata(PastEveryEnd, Optional.of(Integer.valueOf(epoch)), ""))
      consumer.position(its, Timeout)
      None
    } catch {
      case e: LogTruncationException => e.divergentOffsets.asScala.headOption.map(_._2.offset)
    } finally consumer.close(Duration.ofSeconds(1))
  }

  override def bytes(topic: String): Map[Int, Long] = {
    val brokers = admin.describeCluster.nodes.get(TimeoutSeconds, TimeUnit.SECONDS).asScala.map(node => Integer.valueOf(node.id))
    val folders = admin.describeLogDirs(brokers.asJavaCollection).allDescriptions.get(TimeoutSeconds, TimeUnit.SECONDS)
    val replicas = folders.values.asScala.flatMap(_.values.asScala).flatMap(_.replicaInfos.asScala).filter(_._1.topic == topic)
    replicas.toSeq.groupBy(_._1.partition).map { case (partition, its) => partition -> its.map(_._2.size).max }
  }

  override def offsetsSince(topic: String, at: Instant): Map[Int, Long] = {
    val ends = look(topic).fold(Map.empty[Int, Long])(_.partitions.map { case (partition, its) => partition -> its.end })
    val asked = ends.keys.map(partition => new TopicPartition(topic, partition) -> OffsetSpec.forTimestamp(at.toEpochMilli)).toMap.asJava
    admin.listOffsets(asked).all.get(TimeoutSeconds, TimeUnit.SECONDS).asScala.map { case (its, found) =>
      // -1 where no record is so young.
      its.partition -> (if (found.offset < 0) ends(its.partition) else found.offset)
    }.toMap
  }

  override def removeBefore(topic: String, offsets: Map[Int, Long]): Unit = {
    val wanted = offsets.map { case (partition, offset) => new TopicPartition(topic, partition) -> RecordsToDelete.beforeOffset(offset) }
    admin.deleteRecords(wanted.asJava).all.get(TimeoutSeconds, TimeUnit.SECONDS)
  }

  override def close(): Unit = synchronized {
    connected.foreach(_.close(Duration.ofSeconds(1)))
    connected = None
  }
}

object BrokerView {
  private val ClientName = "cryptodm-topic-view"
  private val TimeoutSeconds = 5L
  private val Timeout = Duration.ofSeconds(TimeoutSeconds)
  private val PastEveryEnd = Long.MaxValue - 1
}
