package io.cryptodm.jobs

import java.util.concurrent.{ExecutionException, TimeUnit, TimeoutException}
import java.util.{HashMap => JavaMap}

import io.cryptodm.contracts.Spec
import org.apache.kafka.clients.admin.{Admin, AdminClientConfig}
import org.apache.kafka.common.KafkaException
import org.slf4j.LoggerFactory

import scala.jdk.CollectionConverters._

/** Waits for the topics of a lake. */
object Topics {
  private val Log = LoggerFactory.getLogger("io.cryptodm.jobs.Topics")

  def await(spec: Spec, names: Set[String]): Unit = {
    val settings = new JavaMap[String, AnyRef](spec.kafka.properties)
    settings.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, spec.kafka.bootstrapServers)
    settings.putIfAbsent(AdminClientConfig.RECONNECT_BACKOFF_MS_CONFIG, "50")
    settings.putIfAbsent(AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, "200")
    val admin = Admin.create(settings)
    Log.info(s"Waiting for ${names.toSeq.sorted.mkString(", ")} at ${spec.kafka.bootstrapServers}")
    try
      Await.until(s"topics ${names.toSeq.sorted.mkString(", ")} exist") {
        try if (names.subsetOf(admin.listTopics.names.get(5, TimeUnit.SECONDS).asScala)) Some(()) else None
        catch { case _: ExecutionException | _: TimeoutException | _: KafkaException => None }
      }
    finally admin.close(java.time.Duration.ofSeconds(1))
  }
}
