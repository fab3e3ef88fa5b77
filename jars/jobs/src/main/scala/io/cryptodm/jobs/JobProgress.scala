package io.cryptodm.jobs

import java.io.StringWriter
import java.nio.file.{Files, Path}
import java.time.Instant

import com.fasterxml.jackson.core.{JsonFactory, JsonGenerator}
import com.fasterxml.jackson.databind.ObjectMapper
import io.cryptodm.layers.LakeLayers
import org.slf4j.LoggerFactory

import scala.util.Try

/**
 * Progress of a job, for `status`: a small file, replaced atomically after each trigger with new records, as often as its place allows, and after
 * each change of state.
 *
 * @param file None keeps it in memory
 * @param before when the newest record was produced that an earlier process of the job had made visible
 */
final class JobProgress(
    job: String,
    generation: Long,
    file: Option[ProgressFile],
    nanos: () => Long = () => System.nanoTime(),
    before: Option[Instant] = None) {
  import JobProgress._

  private var state = "starting"
  private var since = Instant.now()
  private var batch = -1L
  private var batches = 0L
  private var rows = 0L
  private var inputRows = 0L
  private var batchMillis = 0L
  private var offsets = Map.empty[Int, Long]
  private var tableRows: Option[Long] = None
  private var badRecords = 0L
  private var lastBad: Option[(Instant, String)] = None
  private var lag: Option[Long] = None
  private var lastError: Option[String] = None
  // Of the process before, too: one that ends after ten failures must not begin at one again.
  private var failing: Option[Failing] = file.flatMap(its => Try(its.read()).toOption.flatten).flatMap(Failing.parse)
  private var ranAt: Option[Instant] = None
  private var freshness: Option[(Instant, Instant)] = None
  private var takenAt: Option[Instant] = None
  private var wentBack: Option[WentBack] = None
  private var lost = 0L
  private var lostBetween: Option[Loss] = None
  private var backlog: Option[TopicBacklog] = None
  private var triggered = false
  private var writtenAt = nanos()
  private var shown = ("", false)
  private var changed = true

  def batchCount: Long = synchronized(batches)

  /** Rows of the table before the first batch. */
  def found(rowsInTable: Long): Unit = synchronized {
    tableRows = Some(rowsInTable)
  }

  /** A batch was written. */
  def completed(id: Long, report: BatchReport, millis: Long): Unit = synchronized {
    succeed()
    triggered = true
    batch = id
    batches += 1
    rows += report.rows
    inputRows += report.inputRows
    batchMillis = millis
    badRecords += report.badRecords
    report.badReason.foreach(reason => lastBad = Some(Instant.now() -> reason))
    tableRows = report.tableRows.orElse(tableRows)
    offsets ++= report.counts.map(count => count.partition -> (count.last + 1))
    if (report.counts.nonEmpty) {
      freshness = Some(Instant.ofEpochMilli(report.counts.map(_.newestMicros).max / 1000) -> Instant.now())
    }
    write()
  }

  /**
   * A run of the layers has ended. Each one is written, because only it knows their lag. A batch is a whole run; one that stopped at the candles
   * leaves the rest of its work to the next batch, so it says nothing about lag and duration.
   *
   * @param commits of the source tables that a whole run has left; None after one that stopped at the candles
   * @param begun before it looked for commits: what was committed by then is processed, unless rows are left or it stopped at the candles
   */
  def took(done: LakeLayers.Outcome, rowsInTable: Long, commits: Option[Long], begun: Instant, millis: Long): Unit = synchronized {
    succeed()
    ranAt = Some(Instant.now())
    triggered = true
    rows += done.rows
    inputRows += done.inputRows
    if (done.whole) {
      if (done.inputRows > 0 || done.rows > 0) {
        batches += 1
        batch += 1
        batchMillis = millis
      }
      if (!done.more) takenAt = Some(begun)
    }
    if (commits.nonEmpty) lag = commits
    tableRows = Some(rowsInTable)
    if (done.newestMicros > 0) freshness = Some(Instant.ofEpochMilli(done.newestMicros / 1000) -> Instant.now())
    write()
  }

  /** A trigger found no new records. */
  def idle(ends: Map[Int, Long]): Unit = synchronized {
    val moved = !triggered || state != "running" || (offsets ++ ends) != offsets
    succeed()
    triggered = true
    offsets ++= ends
    if (moved) write()
  }

  /** Records of the topic that were not read yet when the last batch was planned. */
  def behind(records: Long): Unit = synchronized {
    if (!lag.contains(records)) {
      lag = Some(records)
      changed = true
    }
  }

  def retrying(reason: String): Unit = synchronized {
    enter("retrying")
    lastError = Some(reason)
    failing = Some(Failing.again(failing, reason))
    write()
  }

  def resumed(): Unit = synchronized {
    succeed()
    write()
  }

  /** The topic does not hold what was read of it: the job stands still until a new generation begins. */
  def stopped(back: WentBack): Unit = synchronized {
    wentBack = Some(back)
    retrying(back.reason)
  }

  private def succeed(): Unit = {
    enter("running")
    failing = None
  }

  private def enter(next: String): Unit = if (state != next) {
    state = next
    since = Instant.now()
  }

  def noted(error: String): Unit = synchronized {
    lastError = Some(error)
  }

  /** Records were removed from the topic before they were read; there are so many since the start. */
  def lost(records: Long, between: Option[Loss], error: String): Unit = synchronized {
    lost = records
    lostBetween = between
    lastError = Some(error)
    changed = true
  }

  /** What its topic holds that not all jobs have taken, as the job that keeps the topic within its bound has seen it. */
  def waits(waiting: Option[TopicBacklog]): Unit = synchronized {
    if (backlog != waiting) {
      backlog = waiting
      changed = true
    }
  }

  /** Writes a change when the last write is old enough, and repeats the write when the file is old. */
  def heartbeat(): Unit = synchronized {
    file.foreach { target =>
      val age = nanos() - writtenAt
      if (changed && isDue(target) || age > target.heartbeat.toNanos) put(target)
    }
  }

  /** Writes the last state, however new the file is. */
  def close(): Unit = synchronized {
    if (changed) file.foreach(put)
  }

  private def write(): Unit = {
    changed = true
    file.foreach(target => if (isDue(target)) put(target))
  }

  private def isDue(target: ProgressFile): Boolean = shown != (state, triggered) || nanos() - writtenAt >= target.rest.toNanos

  private def put(target: ProgressFile): Unit = {
    writtenAt = nanos()
    shown = (state, triggered)
    changed = false
    try target.write(toJson)
    catch { case e: java.io.IOException => Log.warn(s"Cannot write the progress of $job to $target: $e") }
  }

  def toJson: String = synchronized {
    val text = new StringWriter(512)
    val out = Json.createGenerator(text)
    out.writeStartObject()
    out.writeStringField("job", job)
    out.writeStringField("at", Instant.now().toString)
    out.writeStringField("state", state)
    out.writeStringField("since", since.toString)
    out.writeNumberField("batch", batch)
    out.writeNumberField("batches", batches)
    out.writeNumberField("rows", rows)
    out.writeNumberField("inputRows", inputRows)
    out.writeNumberField("batchMs", batchMillis)
    out.writeObjectFieldStart("offsets")
    offsets.toSeq.sorted.foreach { case (partition, offset) => out.writeNumberField(partition.toString, offset) }
    out.writeEndObject()
    out.writeNumberField("generation", generation)
    optional(out, "tableRows", tableRows)((field, value) => out.writeNumberField(field, value))
    out.writeNumberField("badRecords", badRecords)
    optional(out, "lastBad", lastBad) { case (field, (at, reason)) =>
      out.writeObjectFieldStart(field)
      out.writeStringField("at", at.toString)
      out.writeStringField("reason", reason)
      out.writeEndObject()
    }
    optional(out, "lag", lag)((field, value) => out.writeNumberField(field, value))
    optional(out, "lastError", lastError)((field, value) => out.writeStringField(field, value))
    optional(out, "freshness", freshness) { case (field, (produced, visible)) =>
      out.writeObjectFieldStart(field)
      out.writeStringField("producedAt", produced.toString)
      out.writeStringField("visibleAt", visible.toString)
      out.writeNumberField("seconds", (visible.toEpochMilli - produced.toEpochMilli) / 1000.0)
      out.writeEndObject()
    }
    failing.foreach(_.write(out))
    ranAt.foreach(ended => out.writeStringField("ranAt", ended.toString))
    takenAt.foreach(begun => out.writeStringField("takenAt", begun.toString))
    out.writeNumberField("lostRecords", lost)
    lostBetween.foreach { span =>
      out.writeObjectFieldStart("lostBetween")
      optional(out, "from", span.fromMicros.map(atMicros).orElse(before))((field, value) => out.writeStringField(field, value.toString))
      out.writeStringField("to", atMicros(span.toMicros).toString)
      out.writeEndObject()
    }
    wentBack.foreach { back =>
      out.writeObjectFieldStart("wentBack")
      out.writeStringField("topic", back.topic)
      out.writeNumberField("generation", back.generation)
      out.writeBooleanField("recreated", back.recreated)
      Seq("from" -> back.from, "ends" -> back.ends).foreach { case (field, offsets) =>
        out.writeObjectFieldStart(field)
        offsets.toSeq.sorted.foreach { case (partition, offset) => out.writeNumberField(partition.toString, offset) }
        out.writeEndObject()
      }
      out.writeNumberField("lost", back.lost)
      out.writeStringField("reason", back.reason)
      out.writeEndObject()
    }
    backlog.foreach { waiting =>
      out.writeObjectFieldStart("backlog")
      out.writeStringField("topic", waiting.topic)
      out.writeNumberField("bytes", waiting.bytes)
      out.writeNumberField("most", waiting.most)
      out.writeNumberField("waiting", waiting.waiting)
      out.writeStringField("slowest", waiting.slowest)
      out.writeNumberField("growth", waiting.growth)
      out.writeEndObject()
    }
    out.writeBooleanField("triggered", triggered)
    out.writeEndObject()
    out.close()
    text.toString
  }

  private def atMicros(micros: Long): Instant = Instant.ofEpochMilli(micros / 1000)

  private def optional[T](out: JsonGenerator, field: String, value: Option[T])(write: (String, T) => Unit): Unit =
    value match {
      case Some(present) => write(field, present)
      case None => out.writeNullField(field)
    }
}

object JobProgress {
  private val Json = new JsonFactory
  private val Log = LoggerFactory.getLogger(classOf[JobProgress])

  /** @param file a path or a URI */
  def at(job: String, generation: Long, file: Option[String]): JobProgress =
    new JobProgress(job, generation, file.map(ProgressFile.at), before = file.filter(_.startsWith("/")).flatMap(newest))

  /** What the file of an earlier process says. */
  private def newest(file: String): Option[Instant] =
    Try(Instant.parse(new ObjectMapper().readTree(Files.readAllBytes(Path.of(file))).path("freshness").path("producedAt").asText)).toOption
}
