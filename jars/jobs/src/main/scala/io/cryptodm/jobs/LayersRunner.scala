package io.cryptodm.jobs

import java.time.Instant

import io.cryptodm.contracts.Spec
import io.cryptodm.layers.LakeLayers
import org.slf4j.LoggerFactory

import scala.concurrent.duration.Duration
import scala.util.control.NonFatal

/**
 * Brings silver and gold up to date with bronze. After a failed run the next one does its work, after a growing pause; ten failures without a
 * successful run between them end it. When the memory runs out, everything that the layers hold is dropped and they go on in smaller runs: the other
 * jobs of the process must not end with them.
 *
 * @param open opens the layers, with runs that are smaller by a divisor
 * @param pace jobs of the same process report new bars to it
 */
final class LayersRunner(job: Spec.Job, open: Int => LakeLayers, progress: JobProgress, deaths: LayersDeaths, pace: LayersPace) extends Runner {
  import LayersRunner._

  private val running = new Object
  private val commits = Runner.commitWatch(job.id, progress)
  @volatile private var stopping = false
  @volatile private var layers: Option[LakeLayers] = None

  override def observe(): Unit = ()

  override def watch(): Unit = ()

  override def run(): Unit = {
    var failures = 0
    leaveOut()
    while (!stopping && failures < MaxFailures) {
      val begun = System.nanoTime()
      try {
        val more = running.synchronized(!stopping && commits.over(() => trigger(begun)))
        failures = 0
        if (!more) pace.await()
      } catch {
        case NonFatal(_) if stopping => ()
        case NonFatal(e) =>
          failures += 1
          deaths.end(isAllTaken = false)
          Log.error(s"${job.id} failed ($failures of $MaxFailures without progress): ${JobRunner.reason(e)}", e)
          progress.retrying(JobRunner.reason(e))
          pace.pause(Duration.fromNanos(Runner.Retries.after(failures).toNanos))
        case e: OutOfMemoryError =>
          layers = None
          deaths.died()
          Log.error(s"${job.id} ran out of memory and goes on in runs that are smaller by ${deaths.divisor}: ${JobRunner.reason(e)}")
          progress.retrying(JobRunner.reason(e))
          leaveOut()
      }
    }
  }

  /** Waits after several deaths, so that the other jobs have the memory to themselves. */
  private def leaveOut(): Unit = if (deaths.pause.toNanos > 0) {
    val reason =
      s"the memory ran out or the process ended ${deaths.count} times while silver and gold were brought up to date: they rest for ${deaths.pause.toSeconds} s"
    Log.warn(s"${job.id}: $reason")
    progress.retrying(reason)
    pace.pause(deaths.pause)
  }

  override def stop(): Unit = {
    stopping = true
    pace.stop()
    commits.stop()
    // The current run ends first, unless it waits for other writers; then the tables record their position.
    running.synchronized {
      try commits.over(() => layers.foreach(_.settle()))
      catch { case NonFatal(e) => Log.warn(s"${job.id} did not stop cleanly: ${JobRunner.reason(e)}") }
    }
  }

  /** @return true if rows are left that the next run takes */
  private def trigger(begun: Long): Boolean = {
    val whole = pace.begin()
    val its = layers.getOrElse {
      val opened = open(deaths.divisor)
      layers = Some(opened)
      opened
    }
    deaths.begin()
    val looked = Instant.now()
    val done = if (whole) its.run() else its.runToCandles()
    val millis = (System.nanoTime() - begun) / 1000000
    pace.end(begun, done.whole, done.more)
    progress.took(done, its.minuteRows, if (done.whole) Some(its.backlog) else None, looked, millis)
    val wasSmaller = deaths.divisor > 1
    deaths.end(isAllTaken = done.whole && !done.more)
    if (wasSmaller && deaths.divisor == 1) {
      its.settle()
      layers = None
    }
    done.more
  }
}

object LayersRunner {
  private val MaxFailures = 10
  private val Log = LoggerFactory.getLogger("io.cryptodm.jobs.LayersRunner")
}
