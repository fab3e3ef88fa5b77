package io.cryptodm.jobs

import java.util.UUID

import org.slf4j.LoggerFactory

import scala.util.control.NonFatal

/**
 * Lets only the newest process of a job run: each writes its own id to a file when it begins, and ends once another text is there. So a process that
 * its cluster has lost sight of gives way, and one that is to end does so in order, however its cluster ends processes.
 */
final class RunMark(job: String, file: ProgressFile, id: String = UUID.randomUUID.toString) {
  @volatile private var written = false

  /** Takes over from the process before. Tried again by `isForeign` when it fails. */
  def take(): Unit =
    try {
      file.write(id)
      written = true
    } catch { case NonFatal(e) => RunMark.Log.warn(s"$job can't write $file: ${JobRunner.reason(e)}") }

  /** Whether the file says that this process is to end. A file that is gone, or that can't be read, says nothing. */
  def isForeign: Boolean =
    if (!written) {
      take()
      false
    } else
      try file.read().exists(_ != id)
      catch {
        case NonFatal(e) =>
          RunMark.Log.warn(s"$job can't read $file: ${JobRunner.reason(e)}")
          false
      }
}

object RunMark {
  private val Log = LoggerFactory.getLogger(classOf[RunMark])

  /** The mark of a job, beside its progress file. */
  def of(job: String, progressFile: String): RunMark =
    new RunMark(job, ProgressFile.at(s"${progressFile.stripSuffix(".json")}.run"))
}
