package io.cryptodm.jobs

import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path}

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}

import scala.jdk.CollectionConverters._
import scala.util.Try

/**
 * The checkpoint of a job in a folder of this machine, in the format of Spark 3.5 (`HDFSMetadataLog`, `OffsetSeqLog`, `CommitLog`). Spark does
 * not start with a file in it that is empty or cut, which is what a power cut leaves of files that were not synced.
 */
final class LocalCheckpoint(folder: Path) {
  import LocalCheckpoint._

  /** The files that Spark can't read. */
  def broken: Seq[Path] = (Seq(folder.resolve("metadata")) ++ batches("offsets") ++ batches("commits") ++ sources)
    .filter(file => Files.exists(file) && !isWhole(file))

  /**
   * Offsets below which the job has written everything, by partition: those of the newest batch that is known to have ended. None when no file
   * says so.
   */
  def ended: Option[Map[Int, Long]] = {
    val planned = batches("offsets").map(number).sorted
    // A batch is planned after the one before it has ended.
    val done = planned.dropRight(1).toSet ++ batches("commits").map(number)
    planned.filter(done).reverseIterator
      .map(batch => folder.resolve("offsets").resolve(batch.toString))
      .filter(isWhole)
      .map(lines(_).last)
      .find(_ != NoOffsets)
      .map(JobRunner.offsets)
  }

  /** Sees to it that a batch that was planned is still planned after a power cut. */
  def keepPlan(batch: Long): Unit = {
    val plans = folder.resolve("offsets")
    SyncedFile.sync(plans.resolve(batch.toString))
    SyncedFile.sync(plans)
  }

  /** Removes what Spark wrote; the next query of the job begins a new one. The notes of [[Checkpoint]] beside it stay. */
  def remove(): Unit = children(folder).filterNot(_.toString.endsWith(".json")).foreach { part =>
    val walk = Files.walk(part)
    try walk.iterator.asScala.toSeq.reverse.foreach(Files.deleteIfExists(_))
    finally walk.close()
  }

  private def batches(log: String): Seq[Path] = children(folder.resolve(log)).filter(isBatch)

  private def sources: Seq[Path] = children(folder.resolve("sources")).flatMap(children).filter(isBatch)
}

object LocalCheckpoint {
  private val Json = new ObjectMapper

  /** The checkpoint at a location of a spec; None for one in a store, whose files appear as a whole or not at all. */
  def on(location: String): Option[LocalCheckpoint] = if (location.startsWith("/")) Some(new LocalCheckpoint(Path.of(location))) else None

  private def isBatch(file: Path): Boolean = file.getFileName.toString.forall(_.isDigit)

  private def number(file: Path): Long = file.getFileName.toString.toLong

  private def children(folder: Path): Seq[Path] =
    if (!Files.isDirectory(folder)) Nil
    else {
      val listed = Files.list(folder)
      try listed.iterator.asScala.toVector
      finally listed.close()
    }

  /** A log's file has a line with its version, then lines of JSON; the file `metadata` has the JSON only. */
  private def isWhole(file: Path): Boolean = Try {
    val all = lines(file)
    val json = if (all.head.endsWith("v1")) all.tail else all
    json.nonEmpty && json.forall(line => line == NoOffsets || isObject(Json.readTree(line)))
  }.getOrElse(false)

  /** Instead of the offsets of a source that had none yet. */
  private val NoOffsets = "-"

  private def isObject(read: JsonNode): Boolean = read != null && read.isObject

  private def lines(file: Path): Seq[String] = Files.readString(file, UTF_8).split("\n").toSeq.filter(_.nonEmpty)
}
