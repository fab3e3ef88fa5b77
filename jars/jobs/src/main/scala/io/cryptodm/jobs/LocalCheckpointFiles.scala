package io.cryptodm.jobs

import java.io.OutputStream
import java.nio.file.{Files, Path => LocalPath, Paths, StandardCopyOption}
import java.util.UUID

import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.{FileAlreadyExistsException, FSDataInputStream, FileStatus, Path, PathFilter, RawLocalFileSystem}
import org.apache.spark.sql.execution.streaming._
import org.apache.spark.sql.execution.streaming.checkpointing._

/**
 * Keeps checkpoints on the local file system by plain files and atomic renames. Spark starts a `chmod` and writes a checksum file for
 * each of the two files of a batch, which costs more than the batch.
 *
 * The files of each fifth batch are synced, so that after a power cut some of the ten batches that Spark keeps can be read; what can't is
 * dropped by [[LocalCheckpoint]]. Syncing each file would cost each batch four syncs. A job whose sink names no offsets syncs the plan of each
 * batch besides ([[LocalCheckpoint.keepPlan]]).
 */
final class LocalCheckpointFiles(root: Path, configuration: Configuration) extends CheckpointFileManager {
  private val raw = new RawLocalFileSystem
  raw.initialize(java.net.URI.create("file:///"), configuration)

  private def local(path: Path): LocalPath = Paths.get(path.toUri.getPath)

  override def createAtomic(path: Path, overwriteIfPossible: Boolean): CheckpointFileManager.CancellableFSDataOutputStream = {
    val target = local(path)
    if (!overwriteIfPossible && Files.exists(target)) throw new FileAlreadyExistsException(target.toString)
    val draft = target.resolveSibling(s".${target.getFileName}.${UUID.randomUUID()}.tmp")
    Files.createDirectories(target.getParent)
    new AtomicStream(Files.newOutputStream(draft), draft, target)
  }

  private final class AtomicStream(out: OutputStream, draft: LocalPath, target: LocalPath) extends CheckpointFileManager.CancellableFSDataOutputStream(out) {
    private var ended = false

    override def close(): Unit = synchronized {
      if (!ended) {
        ended = true
        super.close()
        if (LocalCheckpointFiles.isDurable(target)) SyncedFile.put(draft, target)
        else Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING)
      }
    }

    override def cancel(): Unit = synchronized {
      if (!ended) {
        ended = true
        super.close()
        Files.deleteIfExists(draft)
      }
    }
  }

  override def open(path: Path): FSDataInputStream = raw.open(path)

  override def list(path: Path, filter: PathFilter): Array[FileStatus] = raw.listStatus(path, filter)

  override def mkdirs(path: Path): Unit = Files.createDirectories(local(path))

  override def exists(path: Path): Boolean = Files.exists(local(path))

  override def delete(path: Path): Unit = raw.delete(path, true)

  override def isLocal: Boolean = true

  override def createCheckpointDirectory(): Path = {
    mkdirs(root)
    raw.makeQualified(root)
  }
}

object LocalCheckpointFiles {
  private val SyncedBatches = 5

  /** Whether a file must outlast a power cut: those of each fifth batch, and those that are written once. */
  private[jobs] def isDurable(file: LocalPath): Boolean = {
    val name = file.getFileName.toString
    !name.forall(_.isDigit) || name.toLong % SyncedBatches == 0
  }
}
