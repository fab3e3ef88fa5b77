package io.cryptodm.jobs

import java.io.IOException
import java.nio.file.{Files, NoSuchFileException, Path}

import org.slf4j.LoggerFactory

import scala.concurrent.duration._
import scala.util.Try

/**
 * How often the process has died, or has run out of memory, within a run of the layers since they last had taken everything. A run that may have been
 * too large is repeated in smaller ones; when that does not help, the layers are left out for a while, so that the other jobs go on.
 *
 * @param file where it is kept; None for nowhere
 */
final class LayersDeaths(file: Option[Path]) {
  import LayersDeaths._

  // What can't be read counts as none: then only the first run after it is as large as usual.
  private var deaths = file.flatMap(its => Try(Files.readString(its).trim.toInt).toOption).getOrElse(0)
  private var written = file.exists(Files.exists(_))

  def count: Int = deaths

  /** By how much runs are smaller than usual. */
  def divisor: Int = 1 << math.min(deaths, MostHalvings)

  /** How long the layers are left out before the next run. */
  def pause: FiniteDuration =
    if (deaths < Tolerated) Duration.Zero else (FirstPause * (1L << math.min(deaths - Tolerated, 10))).min(LongestPause)

  /** A run begins: until it ends, the file counts it as a death. */
  def begin(): Unit = write(deaths + 1)

  /** @param isAllTaken nothing is left for the next run */
  def end(isAllTaken: Boolean): Unit = {
    if (isAllTaken) deaths = 0
    write(deaths)
  }

  /** The run has run out of memory. */
  def died(): Unit = {
    deaths += 1
    write(deaths)
  }

  private def write(count: Int): Unit = file.foreach { target =>
    try {
      if (count > 0) {
        LocalProgressFile.replace(target, count.toString)
      } else if (written) Files.deleteIfExists(target)
      written = count > 0
    } catch {
      case _: NoSuchFileException => ()
      case e: IOException => Log.warn(s"Cannot write $target: $e")
    }
  }
}

object LayersDeaths {
  private val MostHalvings = 5
  private val Tolerated = 3
  private val FirstPause = 30.seconds
  private val LongestPause = 10.minutes
  private val Log = LoggerFactory.getLogger(classOf[LayersDeaths])

  /** @param progressFile of the job; only a file of this machine has a neighbour */
  def beside(progressFile: Option[String]): LayersDeaths =
    new LayersDeaths(progressFile.filterNot(ProgressFile.isUri).map(its => Path.of(its.stripSuffix(".json") + ".deaths")))
}
