package io.cryptodm.jobs

import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path => LocalPath, StandardCopyOption}

import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.Path

import scala.concurrent.duration._
/** The progress file of a job; each write replaces the whole file. */
trait ProgressFile {

  /** shortest time between two writes of the same state */
  def rest: FiniteDuration

  /** longest time between two writes */
  def heartbeat: FiniteDuration

  /** @throws java.io.IOException when it can't be written */
  def write(json: String): Unit

  /** What was written last; None before that. @throws java.io.IOException when it can't be read */
  def read(): Option[String]
}

object ProgressFile {
  private[jobs] def isUri(location: String): Boolean = location.matches("[a-zA-Z][a-zA-Z0-9+.-]*:.*")

  /** @param location a path, or a URI that Hadoop's file systems reach */
  def at(location: String): ProgressFile =
    if (isUri(location)) new StoredProgressFile(new Path(location)) else new LocalProgressFile(LocalPath.of(location))
}

/** A file of this machine, written for each change. */
final class LocalProgressFile(target: LocalPath) extends ProgressFile {
  Files.createDirectories(target.toAbsolutePath.getParent)

  override val rest: FiniteDuration = Duration.Zero
  override val heartbeat: FiniteDuration = 10.seconds

  override def write(json: String): Unit = LocalProgressFile.replace(target, json)

  override def read(): Option[String] = if (Files.exists(target)) Some(new String(Files.readAllBytes(target), UTF_8)) else None

  override def toString: String = target.toString
}

object LocalProgressFile {

  /** Replaces a file in one move. It is not synced: after a power cut it may be empty. */
  private[jobs] def replace(target: LocalPath, text: String): Unit = {
    val draft = target.resolveSibling(s".${target.getFileName}.tmp")
    Files.write(draft, text.getBytes(UTF_8))
    Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING)
  }
}

/** An object in a store; each write replaces it and costs money. */
final class StoredProgressFile(target: Path) extends ProgressFile {
  private lazy val files = target.getFileSystem(new Configuration)

  override val rest: FiniteDuration = 30.seconds
  override val heartbeat: FiniteDuration = 30.seconds

  override def write(json: String): Unit = {
    val out = files.create(target, true)
    try out.write(json.getBytes(UTF_8))
    finally out.close()
  }

  override def read(): Option[String] = if (!files.exists(target)) None
  else {
    val in = files.open(target)
    try Some(new String(in.readAllBytes(), UTF_8))
    finally in.close()
  }

  override def toString: String = target.toString
}
