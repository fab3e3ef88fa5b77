package io.cryptodm.jobs

import java.util.concurrent.{ExecutionException, TimeUnit, TimeoutException}
import java.util.{HashMap => JavaMap}

import io.cryptodm.contracts.Spec
import org.apache.kafka.clients.CommonClientConfigs
import org.apache.kafka.clients.admin.{Admin, AdminClientConfig}
import org.apache.kafka.common.KafkaException
import org.apache.kafka.common.errors.AuthenticationException
import org.slf4j.LoggerFactory

import scala.jdk.CollectionConverters._

/** The broker of a lake and its topics. */
object Topics {
  private val Log = LoggerFactory.getLogger("io.cryptodm.jobs.Topics")

  /** What every client of the lake's broker needs, with a name by which a broker of another lake refuses it. */
  def clientSettings(kafka: Spec.Kafka, name: String): JavaMap[String, AnyRef] = {
    val settings = new JavaMap[String, AnyRef](kafka.properties)
    settings.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers)
    settings.put(CommonClientConfigs.CLIENT_ID_CONFIG, kafka.clientId(name))
    settings
  }

  /** @throws ForeignPart when another lake's broker answers; one that does not answer is no other one */
  def requireOwn(spec: Spec): Unit = if (spec.kafka.clusterId != null) {
    val admin = connect(spec)
    try if (!isOwn(spec, admin)) throw new ForeignPart(spec.kafka.foreign)
    finally admin.close(java.time.Duration.ofSeconds(1))
  }

  private def isOwn(spec: Spec, admin: Admin): Boolean =
    spec.kafka.clusterId == null || (
      try spec.kafka.means(admin.describeCluster.clusterId.get(5, TimeUnit.SECONDS))
      catch {
        case e @ (_: ExecutionException | _: KafkaException) => !isRefusedLogin(e)
        case _: TimeoutException => true
      })

  /** Whether a broker does not know the credential, or asks for none: the lake's own reads it from the same file as this client. */
  def isRefusedLogin(e: Throwable): Boolean =
    Iterator.iterate(e)(_.getCause).takeWhile(_ != null).exists(_.isInstanceOf[AuthenticationException])

  private def connect(spec: Spec): Admin = {
    val settings = clientSettings(spec.kafka, "cryptodm-jobs")
    settings.putIfAbsent(AdminClientConfig.RECONNECT_BACKOFF_MS_CONFIG, "50")
    settings.putIfAbsent(AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, "200")
    Admin.create(settings)
  }

  def await(spec: Spec, names: Set[String]): Unit = {
    val admin = connect(spec)
    Log.info(s"Waiting for ${names.toSeq.sorted.mkString(", ")} at ${spec.kafka.bootstrapServers}")
    try
      Await.until(s"topics ${names.toSeq.sorted.mkString(", ")} exist") {
        try if (names.subsetOf(admin.listTopics.names.get(5, TimeUnit.SECONDS).asScala) && isOwn(spec, admin)) Some(()) else None
        catch { case _: ExecutionException | _: TimeoutException | _: KafkaException => None }
      }
    finally admin.close(java.time.Duration.ofSeconds(1))
  }
}
