package io.cryptodm.jobs

import java.nio.file.Path

import com.fasterxml.jackson.databind.ObjectMapper
import io.cryptodm.contracts.Spec
import org.apache.spark.sql.execution.streaming._, org.apache.spark.sql.execution.streaming.runtime._
import org.apache.spark.sql.streaming.{StreamingQuery, Trigger}
import org.apache.spark.sql.{DataFrame, SparkSession}
import org.slf4j.LoggerFactory

import scala.jdk.CollectionConverters._
import scala.util.control.NonFatal

/**
 * Runs one job until it is stopped: a failed query is started again from its checkpoint, after a growing pause; ten failures without a batch
 * between them end it. A checkpoint that can't be read is dropped. In a topic that no longer holds what was read of it, the job stands still.
 */
final class JobRunner(session: SparkSession, spec: Spec, job: Spec.Job, sink: BatchSink, progress: JobProgress, broker: TopicView)
    extends Runner {
  import JobRunner._

  private val topic = spec.topic(job.topic)
  private val checkpoint = new Checkpoint(session, job.checkpoint, topic.generations.present)
  private val local = LocalCheckpoint.on(job.checkpoint)
  private val guard = new TopicGuard(topic, broker, checkpoint.remember)
  private val commits = Runner.commitWatch(job.id, progress)
  @volatile private var stopping = false
  @volatile private var query: Option[StreamingQuery] = None
  @volatile private var failed = false
  /** where a new checkpoint begins, by partition; empty for the beginning of the topic */
  private var starting = Map.empty[Int, Long]

  /** True when it gave up. */
  def hasFailed: Boolean = failed

  /** Notes the lag, and a trigger without new records, which Spark reports to its listeners only after a while. */
  override def observe(): Unit = query.foreach { running =>
    Option(running.lastProgress).foreach(last => progress.behind(last.sources.toSeq.flatMap(source => lag(source.latestOffset, source.endOffset)).sum))
    running match {
      case waiting: StreamingQueryWrapper if waiting.isActive && waiting.status.message.startsWith("Waiting") =>
        val ends = waiting.streamingQuery.committedOffsets.values.flatMap(offset => offsets(offset.json)).toMap
        progress.idle(ends)
      case _ => ()
    }
  }

  override def run(): Unit = {
    var failures = 0
    while (!stopping && !failed) {
      val before = progress.batchCount
      try {
        begin() match {
          case Some(back) => standStill(back)
          case None =>
            val started = start()
            query = Some(started)
            if (stopping) started.stop() else started.awaitTermination()
        }
      } catch {
        case NonFatal(_) if stopping || guard.wentBack.isDefined => ()
        case e: ForeignPart =>
          Log.warn(s"${job.id} waits: ${e.getMessage}")
          progress.retrying(e.getMessage)
          pause(ForeignPause)
        case NonFatal(e) =>
          failures = if (progress.batchCount > before) 1 else failures + 1
          failed = failures >= MaxFailures
          Log.error(s"${job.id} failed ($failures of $MaxFailures without progress): ${reason(e)}", e)
          progress.retrying(reason(e))
          if (!failed) pause(failures)
      }
    }
  }

  override def watch(): Unit =
    try guard.look().foreach(_ => query.foreach(_.stop()))
    catch {
      // A broker that is away: the next look asks again.
      case NonFatal(e) => Log.debug(s"${job.id} cannot look at its topic: ${reason(e)}")
    }

  /** Compares the topic with what was read of it. */
  private def begin(): Option[WentBack] =
    guard.wentBack.orElse {
      // A query that meets another lake's broker fails, because that one refuses its clients, and comes back here.
      Topics.requireOwn(spec)
      val own = checkpoint.read()
      val removed = checkpoint.removed
      val broken = local.toSeq.flatMap(_.broken)
      val shown = if (broken.isEmpty) None else local.flatMap(_.ended)
      val known = own.orElse(shown.map(checkpoint.upTo)).orElse(continued)
      val back = guard.begin(sink.held, known, removed)
      // With a new generation the job goes on from what this checkpoint says, in another one.
      if (back.isEmpty) {
        if (broken.nonEmpty) {
          tellBroken(broken, shown.getOrElse(Map.empty))
          local.foreach(_.remove())
        }
        starting =
          if (own.isDefined && broken.isEmpty) Map.empty
          else shown.getOrElse(known.fold(Map.empty[Int, Long])(guard.start))
      }
      back
    }

  /** The checkpoint of the generation before, which began in the same topic. */
  private def continued: Option[CheckpointOffsets] = Option(job.continues).flatMap { location =>
    val begins = topic.generations.begins
    val former = new Checkpoint(session, location, begins.get(begins.size - 2).generation)
    former.read().orElse(LocalCheckpoint.on(location).flatMap(_.ended).map(former.upTo))
  }

  /** Going on would take new records for known ones; a new generation comes with a new process. */
  private def standStill(back: WentBack): Unit = {
    query = None
    Log.error(s"${job.id} stands still until a new generation of ${topic.name} begins: ${back.reason}; ${back.lost} records are gone")
    progress.stopped(back)
    while (!stopping) Thread.sleep(100)
  }

  override def stop(): Unit = {
    stopping = true
    commits.stop()
    query.foreach { running =>
      try running.stop()
      catch { case NonFatal(e) => Log.warn(s"${job.id} did not stop cleanly: ${reason(e)}") }
    }
    sink.close()
  }

  private def start(): StreamingQuery =
    source()
      .writeStream
      .queryName(job.id)
      .foreachBatch((batch: DataFrame, id: Long) => write(batch, id))
      .option("checkpointLocation", job.checkpoint)
      .trigger(Trigger.ProcessingTime(job.trigger))
      .start()

  /** Records that come again change nothing, so a job whose checkpoint can't be read goes on without it, from the last batch that it shows. */
  private def tellBroken(files: Seq[Path], shown: Map[Int, Long]): Unit = {
    val places = shown.toSeq.sorted.map { case (partition, offset) => s"$partition/$offset" }
    val from = if (places.isEmpty) "its beginning" else places.mkString(", ")
    val message = s"${files.size} files of the checkpoint can't be read (${files.head}), so ${topic.name} is read again from $from"
    Log.error(s"${job.id}: $message")
    progress.noted(message)
  }

  /** Counts only for a checkpoint that is new. */
  private def startingOffsets: String =
    if (starting.isEmpty) "earliest"
    else {
      val state = broker.look(topic.name).getOrElse(throw new IllegalStateException(s"there is no topic ${topic.name}"))
      val offsets = state.partitions.toSeq.sortBy(_._1).map { case (partition, its) =>
        // -2 is the earliest that there is.
        val from = starting.get(partition).filter(_ > its.begin).getOrElse(-2L)
        s""""$partition":$from"""
      }
      s"""{"${topic.name}":${offsets.mkString("{", ",", "}")}}"""
    }

  private def source(): DataFrame = {
    val reader = session.readStream
      .format("kafka")
      .option("kafka.bootstrap.servers", spec.kafka.bootstrapServers)
      .option("subscribe", topic.name)
      .option("startingOffsets", startingOffsets)
      .option("maxOffsetsPerTrigger", job.maxOffsetsPerTrigger)
      .option("includeHeaders", "true")
      .option("groupIdPrefix", job.id)
      // After each poll Spark asks the broker for the end of the partition, which discards what was fetched beyond the poll: so few, large polls.
      .option("kafka.max.poll.records", 5000)
      // That question waits behind the next fetch, which a broker without new records would hold for half a second.
      .option("kafka.fetch.max.wait.ms", 10)
      // Retention may have removed records of a lake that was down for a week: the rest is read, and the loss is named (see nameLost).
      .option("failOnDataLoss", "false")
    if (spec.kafka.clusterId != null) reader.option("kafka.client.id", spec.kafka.clientId(job.id))
    spec.kafka.properties.asScala.foldLeft(reader) { case (its, (name, value)) => its.option(s"kafka.$name", value) }.load()
  }

  private def write(batch: DataFrame, id: Long): Unit = {
    val begun = System.nanoTime()
    val lost = guard.lost
    // Else a power cut could take records from the topic that are in the index, and nothing would say that they were read.
    if (!sink.namesOffsets) local.foreach(_.keepPlan(id))
    val report = commits.over(() => sink.write(batch, guard))
    if (guard.lost > lost) nameLost(guard.lost - lost)
    progress.completed(id, report, (System.nanoTime() - begun) / 1000000)
  }

  /** Offsets of a topic without transactions have no gaps, so a gap is records that the broker had removed. */
  private def nameLost(records: Long): Unit = {
    val message = s"$records records of ${topic.name} were removed before they were read"
    Log.error(s"${job.id}: $message")
    progress.lost(guard.lost, guard.lostBetween, message)
  }

  private def pause(failures: Int): Unit = {
    val until = System.nanoTime() + Runner.Retries.after(failures).toNanos
    while (!stopping && System.nanoTime() < until) Thread.sleep(100)
  }
}

object JobRunner {
  private val MaxFailures = 10

  /** Waits as after so many failures before another lake's broker is asked again who it is. */
  private val ForeignPause = 2
  private val Log = LoggerFactory.getLogger("io.cryptodm.jobs.JobRunner")

  private val Json = new ObjectMapper

  /** Records of a topic beyond a batch, from Spark's JSON of offsets; None before the first batch. */
  private[jobs] def lag(latest: String, end: String): Option[Long] =
    for {
      there <- Option(latest)
      read <- Option(end).map(offsets)
    } yield offsets(there).map { case (partition, offset) => math.max(0L, offset - read.getOrElse(partition, 0L)) }.sum

  /** Reads Spark's `{"topic":{"0":12}}`. */
  private[jobs] def offsets(json: String): Map[Int, Long] =
    Json.readTree(json).elements.asScala
      .flatMap(_.fields.asScala)
      .map(field => field.getKey.toInt -> field.getValue.asLong)
      .toMap

  def reason(e: Throwable): String = {
    val root = Iterator.iterate(e)(_.getCause).takeWhile(_ != null).take(20).toSeq.last
    s"${root.getClass.getSimpleName}: ${Option(root.getMessage).getOrElse("").linesIterator.take(1).mkString}"
  }
}
