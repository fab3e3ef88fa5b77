package io.cryptodm.jobs

import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Path => LocalPath}

import io.cryptodm.tables.write.TopicOffsets
import org.apache.hadoop.fs.{FileSystem, Path}
import org.apache.spark.sql.SparkSession
import org.apache.spark.sql.execution.streaming._, org.apache.spark.sql.execution.streaming.checkpointing._
import org.slf4j.LoggerFactory

import scala.jdk.CollectionConverters._
import scala.util.control.NonFatal

/**
 * What a job's checkpoint says of its topic.
 *
 * @param planned up to where its last batch reads, written or not; Spark never reads that again once it was written
 * @param committed up to where its last written batch has read, by partition
 */
final case class CheckpointOffsets(planned: TopicOffsets, committed: Map[Int, Long])

/**
 * The checkpoint of a job, as this lake sees it: Spark's offsets, and beside them a note of ours with the epochs of the topic's leaders.
 *
 * @param location its URI
 * @param generation of the topic when it was begun
 */
final class Checkpoint(session: SparkSession, location: String, generation: Long) extends TopicReader {
  import Checkpoint._

  private val root = new Path(location)
  private val note = new Path(root, NoteName)
  private lazy val files: FileSystem = root.getFileSystem(session.sparkContext.hadoopConfiguration)

  /** @return None for one that has no batch yet, or that cannot be read */
  def read(): Option[CheckpointOffsets] =
    try {
      if (!files.exists(new Path(root, "offsets"))) None
      else {
        val log = new OffsetSeqLog(session, new Path(root, "offsets").toString)
        def at(batch: Long): Option[Map[Int, Long]] = log.get(batch).flatMap(_.offsets.flatten.headOption).map(its => JobRunner.offsets(its.json))
        log.getLatestBatchId().flatMap(at).map { planned =>
          val committed = new CommitLog(session, new Path(root, "commits").toString).getLatestBatchId().flatMap(at)
          CheckpointOffsets(noted(planned), committed.getOrElse(Map.empty))
        }
      }
    } catch {
      case NonFatal(e) =>
        Log.warn(s"The offsets of $location cannot be read: ${JobRunner.reason(e)}")
        None
    }

  override def taken: Option[CheckpointOffsets] = read().orElse(Some(readNote(note)).filterNot(_.offsets.isEmpty).map { start =>
    // A job that has begun and found nothing new yet: it has taken what lies before its start.
    CheckpointOffsets(start, start.offsets.asScala.map { case (partition, offset) => partition.intValue -> offset.longValue }.toMap)
  })

  /** For a checkpoint of which only this much can be read: up to here everything was written. */
  def upTo(written: Map[Int, Long]): CheckpointOffsets = CheckpointOffsets(noted(written), written)

  private def noted(planned: Map[Int, Long]): TopicOffsets = {
    val offsets = planned.map { case (partition, offset) => Integer.valueOf(partition) -> java.lang.Long.valueOf(offset) }.asJava
    val known = readNote(note)
    new TopicOffsets(generation, offsets, known.epochs, known.topicId)
  }

  private def readNote(file: Path): TopicOffsets =
    try {
      if (!files.exists(file)) TopicOffsets.NONE
      else {
        val in = files.open(file)
        try TopicOffsets.parse(new String(in.readAllBytes(), UTF_8))
        finally in.close()
      }
    } catch {
      // An empty one, as a power cut leaves it: then only the ends are compared.
      case NonFatal(e) =>
        Log.warn(s"$file cannot be read: ${JobRunner.reason(e)}")
        TopicOffsets.NONE
    }

  /** Up to where the topic was removed because its jobs, this one too, had taken it. */
  def removed: TopicOffsets = readNote(new Path(root, RemovedName))

  /** Remembers that. A power cut may set the checkpoint back, and what was removed would then look lost. */
  override def noteRemoved(offsets: Map[Int, Long]): Unit = {
    val ends = offsets.map { case (partition, offset) => Integer.valueOf(partition) -> java.lang.Long.valueOf(offset) }.asJava
    writeNote(RemovedName, new TopicOffsets(generation, ends))
  }

  /** Remembers of which topic, and under which leaders of its partitions, the job reads. */
  def remember(epochs: TopicOffsets): Unit = writeNote(NoteName, epochs)

  /** Without its note a checkpoint that outlasts a power cut could not tell a log that was cut and has grown again. */
  private def writeNote(name: String, offsets: TopicOffsets): Unit =
    if (ProgressFile.isUri(location)) ProgressFile.at(s"$location/$name").write(offsets.toJson)
    else SyncedFile.replace(LocalPath.of(location, name), offsets.toJson)
}

object Checkpoint {
  private val NoteName = "topic.json"
  private val RemovedName = "removed.json"
  private val Log = LoggerFactory.getLogger("io.cryptodm.jobs.Checkpoint")
}
