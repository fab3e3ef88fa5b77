package org.apache.spark

import java.nio.ByteBuffer

import scala.jdk.CollectionConverters._
import scala.util.Try

import _root_.io.cryptodm.jobs.SharedSpark
import org.apache.spark.network.TransportContext
import org.apache.spark.network.netty.SparkTransportConf
import org.apache.spark.network.server.NoOpRpcHandler
import org.apache.spark.rpc.RpcEnv
import org.scalatest.funsuite.AnyFunSuite

/** What Spark opens on one machine, although nobody else ever connects to it. */
class OwnPortsTest extends AnyFunSuite {

  /** Asks the driver for one of its endpoints. */
  private def call(conf: SparkConf, security: SecurityManager): Try[Any] = {
    val peer = RpcEnv.create("peer", "127.0.0.1", 0, conf, security, clientMode = true)
    try Try(peer.setupEndpointRef(SparkEnv.get.rpcEnv.address, HeartbeatReceiver.ENDPOINT_NAME))
    finally peer.shutdown()
  }

  test("a process that does not know the secret is refused by the driver, and one that does is not") {
    SharedSpark.withSession { _ =>
      val stranger = new SparkConf(false)
      val refused = call(stranger, new SecurityManager(stranger))
      assert(refused.isFailure)
      assert(refused.failed.get.getCause.getMessage.contains("SaslMessage"), refused)
      assert(call(SparkEnv.get.conf, SparkEnv.get.securityManager).isSuccess)
    }
  }

  test("each port asks for the secret before it reads anything") {
    SharedSpark.withSession { _ =>
      val env = SparkEnv.get
      val conf = SparkTransportConf.fromSparkConf(new SparkConf(false), "rpc", 1)
      val context = new TransportContext(conf, new NoOpRpcHandler)
      val factory = context.createClientFactory(Seq.empty.asJava)
      try
        for (port <- Seq(env.rpcEnv.address.port, env.blockManager.blockManagerId.port)) {
          val client = factory.createUnmanagedClient("127.0.0.1", port)
          val refused = Try(client.sendRpcSync(ByteBuffer.wrap(Array[Byte](1, 2, 3)), 10000))
          assert(refused.failed.get.getMessage.contains("SaslMessage"), s"port $port: $refused")
          client.close()
        }
      finally {
        factory.close()
        context.close()
      }
    }
  }
}
