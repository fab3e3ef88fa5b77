package io.cryptodm.jobs

import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.{CountDownLatch, ExecutionException, Executors, TimeUnit}

import io.cryptodm.contracts.Spec
import io.cryptodm.contracts.Spec.Job.Kind
import io.cryptodm.tables.rows.UpsertRule
import io.cryptodm.tables.write.JobTables
import org.apache.hadoop.util.ShutdownHookManager
import org.apache.spark.sql.SparkSession
import org.slf4j.LoggerFactory
import sun.misc.Signal

import scala.concurrent.duration.Duration
import scala.concurrent.{Await => Futures, ExecutionContext, Future}
import scala.jdk.CollectionConverters._
import scala.util.control.NonFatal

/**
 * Runs some jobs of a lake in this process until it is stopped.
 *
 * @param openSession the session, opened while tables and topics may still be created
 * @param mark where nobody else sees to it that each job has one process; None on one machine, where the supervisor does
 */
final class LakeProcess(spec: Spec, jobs: Seq[Spec.Job], openSession: () => SparkSession, mark: Option[RunMark] = None) {
  import LakeProcess._

  private val stopped = new CountDownLatch(1)
  private val stopBegun = new AtomicBoolean
  private val tables = new LakeTables(spec)
  private val badTopic = new BadTopic(spec)
  private val broker = new BrokerView(spec.kafka)
  private val (layerJobs, streamJobs) = jobs.partition(_.kind == Kind.TABLES_TO_LAYERS)
  private val progresses = jobs.map { job =>
    val generation = Option(job.topic).map(spec.topic(_).generations.present).getOrElse(1L)
    job.id -> JobProgress.at(job.id, generation, Option(job.progressFile))
  }.toMap
  private val threads = Executors.newCachedThreadPool { (task: Runnable) =>
    val thread = new Thread(task, "lake")
    thread.setDaemon(true)
    thread
  }
  private val paces = layerJobs.map(job => job -> new LayersPace(Duration(job.trigger)))
  @volatile private var runners = Seq.empty[Runner]
  @volatile private var trims = Seq.empty[TopicTrim]
  @volatile private var stopping = false

  /** @return the exit code: 0 when it was stopped, 1 when a job gave up */
  def run(): Int = {
    // After a signal the JVM's exit code would be 143; a clean stop is 0.
    Seq("TERM", "INT").foreach(name => Signal.handle(new Signal(name), _ => new Thread(() => exit(), "exit").start()))
    // For an exit without a signal. Before Spark's own hook, which would stop the context under running queries.
    ShutdownHookManager.get.addShutdownHook(() => stop(), LakeProcess.BeforeSpark, StopSeconds, TimeUnit.SECONDS)
    mark.foreach(_.take())
    startHeartbeat()
    startWatch()
    startMark()
    startTrim()
    try {
      implicit val context: ExecutionContext = ExecutionContext.fromExecutor(threads)
      val topics = begin(if (streamJobs.nonEmpty) Topics.await(spec, streamJobs.map(job => spec.topic(job.topic).name).toSet))
      val sinks = streamJobs.map(job => begin(job -> sink(job)))
      val session = openSession()
      Log.info("The Spark session is open")
      Futures.result(topics, Duration.Inf)
      val ready = sinks.map(Futures.result(_, Duration.Inf))
      Log.info("Topics and tables exist")
      if (!stopping) {
        runners = ready.map { case (job, its) => new JobRunner(session, spec, job, its, progresses(job.id), broker) } ++
          paces.map { case (job, pace) =>
            new LayersRunner(job, tables.awaitLayers, progresses(job.id), LayersDeaths.beside(Option(job.progressFile)), pace)
          }
        trims = TopicTrim.of(spec, ready.map(_._1), new Checkpoint(session, _, _), broker, broker)
        runners.map(runner => begin(runner.run())).foreach(Futures.result(_, Duration.Inf))
      }
      if (stopping) {
        stopped.await(StopSeconds, TimeUnit.SECONDS)
        0
      } else 1
    } catch {
      // Errors too: on a full disk a native library can't be unpacked, and only a new process tries it again.
      case e: Throwable if !stopping =>
        Log.error(s"The jobs stop: ${JobRunner.reason(e)}", e)
        1
      case _: Throwable => 0
    }
  }

  /** Stops before the JVM begins to end: Iceberg's own hook ends the threads of its commits at once. */
  private def exit(): Unit = {
    new Thread(() => stop(), "stop").start()
    stopped.await(StopSeconds, TimeUnit.SECONDS)
    sys.exit(0)
  }

  private def stop(): Unit = if (stopBegun.compareAndSet(false, true)) {
    stopping = true
    Log.info("Stopping")
    implicit val context: ExecutionContext = ExecutionContext.fromExecutor(threads)
    try {
      val all = runners.map(runner => Future(runner.stop()))
      all.foreach(its => scala.util.Try(Futures.result(its, Duration(20, TimeUnit.SECONDS))))
      progresses.values.foreach(_.close())
      badTopic.close()
      broker.close()
      tables.close()
      SparkSession.getDefaultSession.foreach(_.stop())
      Log.info("Stopped")
    } finally stopped.countDown()
  }

  private def startHeartbeat(): Unit = startTimer("heartbeat", HeartbeatMillis)(heartbeat())

  /** Apart from the heartbeat, which must go on while a broker does not answer. */
  private def startWatch(): Unit = startTimer("topics", WatchMillis)(runners.foreach(_.watch()))

  /** Apart again: it reads checkpoints, which takes a while in a store. */
  private def startTrim(): Unit = startTimer("trim", TrimMillis) {
    trims.foreach { trim =>
      try {
        trim.look()
        progresses(trim.keeper).waits(trim.backlog)
      }
      catch {
        // A broker that is away, or that is of another lake: the next look asks again.
        case NonFatal(e) => Log.debug(s"A topic can't be trimmed: ${JobRunner.reason(e)}")
      }
    }
  }

  private def startMark(): Unit = mark.foreach { its =>
    startTimer("run", MarkMillis) {
      if (!stopping && its.isForeign) {
        Log.info("Another process of this job was begun, or it is to end")
        exit()
      }
    }
  }

  private def startTimer(name: String, everyMillis: Long)(task: => Unit): Unit = {
    val timer = Executors.newSingleThreadScheduledExecutor { (its: Runnable) =>
      val thread = new Thread(its, name)
      thread.setDaemon(true)
      thread
    }
    timer.scheduleWithFixedDelay(() => task, everyMillis, everyMillis, TimeUnit.MILLISECONDS)
  }

  private def heartbeat(): Unit =
    try {
      runners.foreach(_.observe())
      progresses.values.foreach(_.heartbeat())
    } catch {
      // A task that throws is never scheduled again.
      case NonFatal(e) => Log.warn(s"Progress: ${JobRunner.reason(e)}")
    }

  private def sink(job: Spec.Job): BatchSink = {
    val topic = spec.topic(job.topic)
    job.kind match {
      case Kind.QUOTES_TO_TABLE => tableSink(job, topic, () => noteBars(job.table))
      case Kind.TRADES_TO_TABLE | Kind.MARKET_TO_TABLE => tableSink(job, topic)
      case Kind.QUOTES_TO_INDEX => indexSink(job, topic)
      case Kind.TABLES_TO_LAYERS => throw new IllegalArgumentException(s"${job.id} reads no topic")
    }
  }

  /** Layers of this process need not wait for their trigger. */
  private def noteBars(table: String): Unit = paces.foreach { case (job, pace) => if (job.inputs.contains(table)) pace.noteBars() }

  private def tableSink(job: Spec.Job, topic: Spec.Topic, changed: () => Unit = () => ()): BatchSink = {
    val all = JobTables.of(job).asScala.map(its => tables.await(its.table, its.rule)).toVector
    progresses(job.id).found(all.head.rowCount())
    val bad = tables.await(job.badTable, UpsertRule.FACTS)
    val mapping = RowMapping.of(job.kind, all.map(_.columns.asScala.toVector), topic.generations)
    new TableSink(topic, all, mapping, new BadRecords(bad, badTopic, topic.name, topic.generations), changed)
  }

  private def indexSink(job: Spec.Job, topic: Spec.Topic): BatchSink = {
    val progress = progresses(job.id)
    val index = SearchIndex.ofLake(new SearchConnection(spec.search), {
      case Some(reason) =>
        Log.warn(s"${job.id} waits for the index: $reason")
        progress.retrying(reason)
      case None =>
        Log.info(s"${job.id} goes on: the index answers")
        progress.resumed()
    })
    new IndexSink(topic, spec.search, index, badTopic)
  }
}

object LakeProcess {
  private val BeforeSpark = 100
  private val StopSeconds = 30L
  private val HeartbeatMillis = 250L
  private val WatchMillis = 2000L
  private val TrimMillis = 5000L
  private val MarkMillis = 5000L

  /** All jobs of the lake, on this machine. */
  def ofAll(spec: Spec): LakeProcess =
    new LakeProcess(spec, spec.jobs.asScala.toSeq, () => LakeSession.onThisMachine(spec.lake))

  /** A future that also fails with an Error; Scala's own would never complete then. */
  private[jobs] def begin[T](task: => T)(implicit context: ExecutionContext): Future[T] = Future {
    try task
    catch { case e: Error => throw new ExecutionException(e) }
  }

  private val Log = LoggerFactory.getLogger("io.cryptodm.jobs.LakeProcess")
}
