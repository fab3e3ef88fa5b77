package io.cryptodm.jobs

import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path => LocalPath, StandardCopyOption}

import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.Path

import scala.concurrent.duration._

/** Where a job's progress is shown; each write replaces the file as a whole. */
trait ProgressFile {

  /** at least so long between two writes of the same state */
  def rest: FiniteDuration

  /** at most so long between two writes */
  def beat: FiniteDuration

  /** @throws java.io.IOException when it can't be written */
  def write(json: String): Unit
}

object ProgressFile {

  /** @param location a path, or a URI that Hadoop's file systems reach */
  def at(location: String): ProgressFile =
    if (location.matches("[a-zA-Z][a-zA-Z0-9+.-]*:.*")) new StoredProgressFile(new Path(location)) else new LocalProgressFile(LocalPath.of(location))
}

/** A file of this machine, written for each change. */
final class LocalProgressFile(target: LocalPath) extends ProgressFile {
  Files.createDirectories(target.toAbsolutePath.getParent)

  override val rest: FiniteDuration = Duration.Zero
  override val beat: FiniteDuration = 10.seconds

  override def write(json: String): Unit = {
    val draft = target.resolveSibling(s".${target.getFileName}.tmp")
    Files.write(draft, json.getBytes(UTF_8))
    Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING)
  }

  override def toString: String = target.toString
}

/** An object of a store, which takes a write as a whole, and payment for each. */
final class StoredProgressFile(target: Path) extends ProgressFile {
  private lazy val files = target.getFileSystem(new Configuration)

  override val rest: FiniteDuration = 30.seconds
  override val beat: FiniteDuration = 30.seconds

  override def write(json: String): Unit = {
    val out = files.create(target, true)
    try out.write(json.getBytes(UTF_8))
    finally out.close()
  }

  override def toString: String = target.toString
}
