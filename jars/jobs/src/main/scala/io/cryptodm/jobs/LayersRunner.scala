package io.cryptodm.jobs

import java.time.Instant

import io.cryptodm.contracts.Spec
import io.cryptodm.layers.LakeLayers
import org.slf4j.LoggerFactory

import scala.concurrent.duration.Duration
import scala.util.control.NonFatal

/**
 * Brings silver and gold up to date with bronze. After a failed run the next one does its work, after a growing pause; ten failures without a
 * successful run between them end it.
 */
final class LayersRunner(job: Spec.Job, open: () => LakeLayers, progress: JobProgress) extends Runner {
  import LayersRunner._

  private val every = Duration(job.trigger).toNanos
  private val running = new Object
  @volatile private var stopping = false
  @volatile private var layers: Option[LakeLayers] = None

  override def observe(): Unit = ()

  override def watch(): Unit = ()

  override def run(): Unit = {
    var failures = 0
    while (!stopping && failures < MaxFailures) {
      val begun = System.nanoTime()
      try {
        running.synchronized(if (!stopping) trigger(begun))
        failures = 0
        pause(begun + every)
      } catch {
        case NonFatal(_) if stopping => ()
        case NonFatal(e) =>
          failures += 1
          Log.error(s"${job.id} failed ($failures of $MaxFailures without progress): ${JobRunner.reason(e)}", e)
          progress.retrying(JobRunner.reason(e))
          pause(System.nanoTime() + Runner.Retries.after(failures).toNanos)
      }
    }
  }

  override def stop(): Unit = {
    stopping = true
    // The current run ends first; then the tables record their position.
    running.synchronized {
      try layers.foreach(_.settle())
      catch { case NonFatal(e) => Log.warn(s"${job.id} did not stop cleanly: ${JobRunner.reason(e)}") }
    }
  }

  private def trigger(begun: Long): Unit = {
    val its = layers.getOrElse {
      val opened = open()
      layers = Some(opened)
      opened
    }
    val looked = Instant.now()
    val done = its.run()
    val millis = (System.nanoTime() - begun) / 1000000
    progress.took(done, its.minuteRows, its.backlog, looked, millis)
  }

  private def pause(until: Long): Unit = while (!stopping && System.nanoTime() < until) Thread.sleep(50)
}

object LayersRunner {
  private val MaxFailures = 10
  private val Log = LoggerFactory.getLogger("io.cryptodm.jobs.LayersRunner")
}
