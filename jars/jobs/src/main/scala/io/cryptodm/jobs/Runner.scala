package io.cryptodm.jobs

import java.time.Duration

import io.cryptodm.contracts.Backoff
import io.cryptodm.tables.storage.CommitWatch
import org.slf4j.LoggerFactory

/** Runs one job until it is stopped. */
trait Runner extends Runnable {

  /** Updates the progress of the job; called a few times a second. */
  def observe(): Unit

  /** Looks whether what it reads is still what it was; called every two seconds. It never throws. */
  def watch(): Unit

  /** Stops it cleanly. */
  def stop(): Unit
}

object Runner {

  /** Waits between the attempts of a job that fails. */
  private[jobs] val Retries = Backoff.withoutJitter(Duration.ofSeconds(1), Duration.ofSeconds(30))

  /** A wait of this length is named: races with single commits are over by then. */
  private val NamedAfter = Duration.ofSeconds(5)
  private val Log = LoggerFactory.getLogger("io.cryptodm.jobs.Runner")

  /** Names the commits of a job that other writers of its tables keep waiting. */
  private[jobs] def commitWatch(job: String, progress: JobProgress, namedAfter: Duration = NamedAfter): CommitWatch =
    new CommitWatch(
      namedAfter,
      new CommitWatch.Listener {
        override def waits(reason: String): Unit = progress.retrying(reason)

        override def goesOn(): Unit = {
          Log.info(s"$job goes on: its commit was made")
          progress.resumed()
        }
      })
}
