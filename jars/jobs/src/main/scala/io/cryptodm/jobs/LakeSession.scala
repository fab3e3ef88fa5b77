package io.cryptodm.jobs

import org.apache.spark.SparkConf
import org.apache.spark.sql.SparkSession

/** The Spark settings of the jobs. */
object LakeSession {
  /** Settings of each job, wherever it runs. */
  private val Streaming = Seq(
    "spark.sql.shuffle.partitions" -> "2",
    "spark.sql.adaptive.enabled" -> "false",
    "spark.sql.streaming.minBatchesToRetain" -> "10",
    "spark.sql.streaming.noDataMicroBatches.enabled" -> "false",
    "spark.sql.streaming.numRecentProgressUpdates" -> "1",
    "spark.sql.streaming.stopTimeout" -> "20s",
    "spark.sql.session.timeZone" -> "UTC",
    // A stream has thousands of jobs a day, and their figures stay in the driver's memory.
    "spark.sql.ui.retainedExecutions" -> "1",
    "spark.ui.retainedJobs" -> "1",
    "spark.ui.retainedStages" -> "1",
    "spark.ui.retainedTasks" -> "10",
    // Spark writes each batch's plan out as text, even where nothing shows it: this form costs least.
    "spark.sql.ui.explainMode" -> "simple",
    // No job has expressions worth compiling; without the compiler the first batch ends half a second earlier.
    "spark.sql.codegen.wholeStage" -> "false",
    "spark.sql.codegen.factoryMode" -> "NO_CODEGEN")

  private val OneMachine = Seq(
    "spark.master" -> "local[2]",
    "spark.ui.enabled" -> "false",
    "spark.driver.host" -> "127.0.0.1",
    "spark.driver.bindAddress" -> "127.0.0.1",
    // Its two ports, which it opens on one machine too, ask for a secret that each process draws for itself and keeps in its memory.
    "spark.authenticate" -> "true",
    "spark.sql.streaming.checkpointFileManagerClass" -> classOf[LocalCheckpointFiles].getName,
    "spark.sql.streaming.metricsEnabled" -> "false",
    "spark.cleaner.periodicGC.interval" -> "60min",
    "spark.locality.wait" -> "0",
    "spark.sql.warehouse.dir" -> s"${sys.props("java.io.tmpdir")}/cryptodm-no-warehouse")

  def onCluster(name: String): SparkSession = session(name, Streaming)

  def onThisMachine(name: String): SparkSession = session(name, Streaming ++ OneMachine)

  private def session(name: String, defaults: Seq[(String, String)]): SparkSession = {
    val conf = new SparkConf().setAppName(name)
    // -Dspark... on the command line has precedence.
    defaults.foreach { case (key, value) => conf.setIfMissing(key, value) }
    SparkSession.builder.config(conf).getOrCreate()
  }
}
